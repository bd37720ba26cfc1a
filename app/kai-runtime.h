#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once, first thing in main(): locale and translations. A program that runs from its build tree uses the catalogues beside it. */
void kai_runtime_init (void);
/* Directory of the running program; caller frees. */
char *kai_runtime_dup_program_dir (void);

G_END_DECLS
