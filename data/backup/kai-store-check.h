#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Is what the store holds in order, beyond what SQLite looks after? Adds a KaiProblem (kai-problem.h) for each thing that is not: its code is the rule's name, its
 * field says of what. At most KAI_STORE_CHECK_MAX of each rule. FALSE with @error only when the store cannot be read. */
#define KAI_STORE_CHECK_MAX 20
gboolean kai_store_check (KaiDatabase *db, GPtrArray *problems, GError **error);

/* Salvages a damaged store: every table is read through itself, without its indexes, into a new file, which takes the place only when nothing was lost: every row could be
 * read, the log is whole, all rules hold. The damaged file is kept; *kept is its name (caller frees), NULL when there was nothing to repair. DAMAGED with a sentence that says to
 * restore the last backup when it cannot be repaired; then nothing was changed. BUSY while somebody has the store open. */
gboolean kai_store_repair (const char *dir, const char *name, char **kept, GError **error);

G_END_DECLS
