/*
 * thread_sanitizer.h - tells ThreadSanitizer of an order that a library makes out of its sight:
 * what a thread did before HAND_OVER(address) is done for whoever then does TAKE_OVER(address).
 */
#ifndef BASE_THREAD_SANITIZER_H
#define BASE_THREAD_SANITIZER_H

#if defined(__SANITIZE_THREAD__) /* gcc */
#define HAS_THREAD_SANITIZER 1
#elif defined(__has_feature) /* clang */
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif

#ifdef HAS_THREAD_SANITIZER
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define HAND_OVER(address) __tsan_release(address)
#define TAKE_OVER(address) __tsan_acquire(address)
#else
#define HAND_OVER(address) ((void)(address))
#define TAKE_OVER(address) ((void)(address))
#endif

#endif
