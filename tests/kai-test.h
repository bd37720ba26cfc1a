#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What every test needs and no product code should hold. */

/* A new empty directory (0700) below the system's temporary directory; caller removes it with kai_test_remove_dir. */
char *kai_test_make_dir (void);
/* Removes the directory and all in it, and frees @dir. */
void kai_test_remove_dir (char *dir);
typedef char KaiTestDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTestDir, kai_test_remove_dir)
/* A fixture in tests/fixtures; caller frees. */
char *kai_test_fixture (const char *name);

G_END_DECLS
