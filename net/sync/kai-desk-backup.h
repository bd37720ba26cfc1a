#pragma once

#include "backup/kai-backup.h"
#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* A backup of the desk's home: the log is signed first, and a line of it says that there is one. Blocking; see kai_backup_write. */
KaiBackupInfo *kai_desk_backup (KaiDesk *desk, const char *path, const KaiBackupWatch *watch,
                                GError **error);
/* The same in a thread of its own with a desk of its own, for a window. @progress (nullable) is called in that thread. */
void kai_desk_backup_async (const KaiConnection *connection, KaiKey *key, const char *path,
                            KaiBackupProgress progress, gpointer progress_data,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
KaiBackupInfo *kai_desk_backup_finish (GAsyncResult *result, GError **error);

/* Restores @reader's backup into @home; see kai_backup_reader_restore. The store's data key is unwrapped with @key: NO_KEY when it is not among the keys that open this backup.
 * */
gboolean kai_backup_restore_with_key (KaiBackupReader *reader, KaiKey *key, const char *home,
                                      gboolean replace, char **aside, const KaiBackupWatch *watch,
                                      GError **error);

G_END_DECLS
