#pragma once

#include "backup/kai-backup.h"
#include "backup/kai-scratch.h"
#include "backup/kai-sealed-file.h"

G_BEGIN_DECLS

/* Shared by the parts of a backup. What is sealed is a row of entries, each a name, a length and that many bytes: first "manifest", then "store", then the site's files,
 * and an empty name at the end. */

#define KAI_BACKUP_MANIFEST "manifest"
#define KAI_BACKUP_STORE "store"
#define KAI_BACKUP_MAX_NAME 255
#define KAI_BACKUP_MAX_SMALL (16 * 1024 * 1024) /* bytes of anything but the store */
#define KAI_BACKUP_MAX_FILES 1000
#define KAI_BACKUP_BUFFER (64 * 1024)

struct _KaiBackupReader
{
  int fd;
  char *path;
  KaiSealedReader *sealed;
  KaiBackupInfo *info;
};

/* ---- what is said of a backup (kai-backup-info.c) ---- */
GBytes *kai_backup_info_build_head (const KaiBackupInfo *info);
/* UNREADABLE. */
KaiBackupInfo *kai_backup_info_parse_head (GBytes *head, const char *path, GError **error);
GBytes *kai_backup_info_build_manifest (const KaiBackupInfo *info);
gboolean kai_backup_info_parse_manifest (KaiBackupInfo *info, const char *text, gsize size);
/* Fills in counts, lines and chain from @db. */
gboolean kai_backup_info_count_store (KaiBackupInfo *info, KaiDatabase *db, GError **error);
/* The sentence for a file that does not hold what it should. */
gboolean kai_backup_fail_damaged (GError **error, const char *path);

/* ---- reading (kai-backup-read.c) ---- */
/* Everything into the scratch directory: "store" and the site's files under their names. The info is complete then, and everything was counted and checked. */
gboolean kai_backup_unpack (KaiBackupReader *reader, KaiVault *vault, KaiScratch *scratch,
                            const KaiBackupWatch *watch, GError **error);
/* Files of a home that go into a backup. */
gboolean kai_backup_is_site_file (const char *name);

gboolean kai_backup_report (const KaiBackupWatch *watch, const char *what, gint64 done,
                            gint64 total, GError **error);

G_END_DECLS
