/* temp_folder.h - a fresh folder for one test, removed with everything in it afterwards. */
#ifndef TESTS_LIB_TEMP_FOLDER_H
#define TESTS_LIB_TEMP_FOLDER_H

enum { TEMP_FOLDER_SIZE = 64 };

/* Below $TMPDIR, else below /tmp. */
void temp_folder_make(char path_out[TEMP_FOLDER_SIZE]);
void temp_folder_remove(const char *path);

#endif
