#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Backups of a desk's whole home: the store and the site's own files (never keys, PINs or tokens), in one sealed file (kai-sealed-file.h). Its key comes from the store's
 * data key, whose wraps for the users' certificates stand in the head: any of these users opens it with their own key, on any computer. */

/* What a backup says of itself. The first part anybody can read; the second is known once it was opened or written. */
typedef struct
{
  gint64 made_at; /* UTC seconds */
  char *user;     /* who made it */
  char *program;  /* version that made it */
  int schema;
  GHashTable *
      wraps; /* fingerprint of a certificate (SHA-256, hexadecimal) → GBytes, the wrapped data key */

  GHashTable *counts; /* name of a table → gint64*, its rows; NULL before */
  gint64 lines;       /* of the log */
  char *chain;        /* hash of its last line, hexadecimal */
} KaiBackupInfo;

void kai_backup_info_free (KaiBackupInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiBackupInfo, kai_backup_info_free)
/* Rows of @table, 0 when it is not there. */
gint64 kai_backup_info_count (const KaiBackupInfo *info, const char *table);

/* @what is a translated word; @done of @total bytes or pages. Called in the thread that works. */
typedef void (*KaiBackupProgress) (const char *what, gint64 done, gint64 total, gpointer data);
typedef struct
{
  KaiBackupProgress func; /* NULL = none */
  gpointer data;
  GCancellable *cancellable; /* NULL = none */
} KaiBackupWatch;

/* Writes a backup of @db (unlocked, not within a transaction) while others go on working: one moment of it, sealed, on the disk, and then read back from there into a
 * scratch directory, where everything is counted and checked again; only then it gets the name @path (0600). In little memory; the home needs room for
 * a copy of the store. NOT_ALLOWED while the store is locked, CONFLICT when @path is there already, FULL, READ_ONLY, DAMAGED when the store itself is not whole; nothing is
 * left behind then. Caller frees. */
KaiBackupInfo *kai_backup_write (KaiDatabase *db, const char *user, const char *path,
                                 const KaiBackupWatch *watch, GError **error);

/* A backup that is read. UNREADABLE when it is none, was cut off or changed, or comes from a newer version. */
typedef struct _KaiBackupReader KaiBackupReader;
KaiBackupReader *kai_backup_reader_open (const char *path, GError **error);
const KaiBackupInfo *kai_backup_reader_get_info (KaiBackupReader *reader); /* borrowed */
/* Reads and checks everything without keeping any of it: the info is complete afterwards. @dir: where there is room for a copy of the store for that time. */
gboolean kai_backup_reader_check (KaiBackupReader *reader, KaiVault *vault, const char *dir,
                                  const KaiBackupWatch *watch, GError **error);
/* Puts the backup into the home @dir, with the rules of a restored store applied (kai-restored.h). A store that is there is put aside under a dated name, and only with
 * @replace; a crash at any moment leaves either store, whole. @aside (nullable): the name of the old file, NULL when there was none; caller frees. BUSY while somebody
 * has the store open, CONFLICT without @replace. */
gboolean kai_backup_reader_restore (KaiBackupReader *reader, KaiVault *vault, const char *user,
                                    const char *dir, gboolean replace, char **aside,
                                    const KaiBackupWatch *watch, GError **error);
void kai_backup_reader_free (KaiBackupReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiBackupReader, kai_backup_reader_free)

/* The store's file in a home. */
#define KAI_STORE_NAME "kaipiao.db"

G_END_DECLS
