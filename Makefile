# A menu of everyday commands; meson.build holds the build itself.
.PHONY: help build
BUILD ?= build

help: ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

build: ## compile everything into build/
	@test -d $(BUILD) || meson setup $(BUILD)
	@{ tools/list_sources src; tools/list_sources tests; } > $(BUILD)/sources.new
	@cmp -s $(BUILD)/sources.new $(BUILD)/sources.list || { mv $(BUILD)/sources.new $(BUILD)/sources.list; touch meson.build; }
	@ninja -C $(BUILD)
