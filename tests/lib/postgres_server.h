/*
 * postgres_server.h - a PostgreSQL of the test program's own: Debian's binaries, data in a
 * temporary folder, reached through a socket in it, without fsync. One for the whole program,
 * started when it is first asked for and stopped when the program ends, however it ends.
 */
#ifndef TESTS_LIB_POSTGRES_SERVER_H
#define TESTS_LIB_POSTGRES_SERVER_H

#include <stdbool.h>

/* Are the binaries there? */
bool postgres_server_is_installed(void);
/* How libpq reaches it. Its tables are made. */
const char *postgres_server_url(void);

#endif
