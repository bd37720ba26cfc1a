#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* A store that is not the newest of its line: restored from a backup, put back by hand, or copied to a second computer. Whoever went on with the newer one may have used its
 * numbers, so none of them is given out here: leases are closed, the desk gets a new identity, and what happened since is asked for (net/sync, kai-sync-recover.c). */
typedef enum
{
  KAI_RESTORED_BACKUP,
  KAI_RESTORED_COPY
} KaiRestoredCause;

/* One transaction: unused numbers of every lease given up, a new desk id, messages due at once (under their MsgIDs, byte for byte), the log's line, and the note of what is to
 * be asked for. @saved_at: of when the store is. */
gboolean kai_restored_apply (KaiDatabase *db, const char *user, KaiRestoredCause cause,
                             gint64 saved_at, GError **error);
/* TRUE while the server was not yet asked for everything. */
gboolean kai_restored_is_open (KaiDatabase *db);

/* ---- copies that nobody announced ----
 * The store and the small file "store.id" beside it hold the same random word, changed at each start with a key and at its end; the file is made anew each time, and the store
 * holds when that was, which no copy can feign. It also holds where it lies: the machine's id, path and inode of the file. */

/* At the start, not within a transaction: is this the newest store of its line, where it was? Otherwise it is treated as a restored one (*found TRUE). A store that has no
 * word yet gets one. */
gboolean kai_restored_check_copy (KaiDatabase *db, const char *user, gboolean *found,
                                  GError **error);
/* At the end: when there were changes since sqlite3_total_changes was @changes, the word changes again, so that a copy made before is known. Never fails: a word that could
 * not be written leaves the old one. */
void kai_restored_leave (KaiDatabase *db, int changes);

G_END_DECLS
