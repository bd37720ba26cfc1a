/* Any bytes as a backup: as they are, against the reader of heads and chunks; and sealed with the right key, against the reader of what is inside. Nothing that is not a whole
 * backup may be taken for one. */
#include "backup/kai-backup-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define HEAD "[backup]\nmade-at=1\nuser=1\nprogram=0\nschema=1\nsalt=AAAA\n[key aa]\nwrapped=AAAA\n"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static KaiVault *
make_vault (void)
{
  guint8 key[KAI_VAULT_KEY_SIZE] = { 7 };
  g_autoptr (GBytes) bytes = g_bytes_new (key, sizeof key);

  return kai_vault_new (bytes);
}

static void
read_backup (const char *dir, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVault) vault = make_vault ();
  g_autoptr (KaiBackupReader) reader = kai_backup_reader_open (path, &error);

  if (!reader || !kai_backup_reader_check (reader, vault, dir, NULL, &error))
    g_assert_nonnull (error);
}

static void
seal (const char *path, const uint8_t *data, size_t size)
{
  g_autoptr (KaiVault) vault = make_vault ();
  g_autoptr (GBytes) key = kai_vault_derive (vault, "backup");
  g_autoptr (GBytes) head = g_bytes_new_static (HEAD, strlen (HEAD));
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  g_autoptr (KaiSealedWriter) writer = kai_sealed_writer_new (fd, key, head, path, NULL);

  g_assert_true (kai_sealed_writer_write (writer, data, size, NULL));
  g_assert_true (kai_sealed_writer_finish (writer, NULL));
  close (fd);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static char *dir;
  g_autofree char *path = NULL;

  if (!dir)
    dir = g_dir_make_tmp ("kaipiao-fuzz-XXXXXX", NULL);
  path = g_build_filename (dir, "a.kaibak", NULL);
  if (size > 0 && data[0] & 1)
    seal (path, data + 1, size - 1);
  else
    g_file_set_contents (path, (const char *)data, (gssize)size, NULL);
  read_backup (dir, path);
  return 0;
}
