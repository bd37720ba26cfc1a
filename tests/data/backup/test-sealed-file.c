/* Sealed files: what was written comes back, of any length, and whatever is done to the bytes of the file is found before the end. */
#include "kai-test.h"

#include "backup/kai-sealed-file.h"
#include "values/kai-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024)
#define WIRE (4 + CHUNK + 16)
#define HEAD "[backup]\nsalt=1\n"
#define PREFIX (8 + 8 + strlen (HEAD))

static GBytes *
make_key (guint8 first)
{
  guint8 key[32] = { first };

  return g_bytes_new (key, sizeof key);
}

static GBytes *
make_plain (gsize size)
{
  guint8 *plain = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    plain[i] = (guint8)(i * 7 + i / 251);
  return g_bytes_new_take (plain, size);
}

static GBytes *
seal (const char *dir, GBytes *key, GBytes *plain)
{
  g_autofree char *path = g_build_filename (dir, "sealed", NULL);
  g_autoptr (GBytes) head = g_bytes_new_static (HEAD, strlen (HEAD));
  g_autoptr (GError) error = NULL;
  int fd = g_open (path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  KaiSealedWriter *writer = kai_sealed_writer_new (fd, key, head, path, &error);
  gsize size, length;
  const guint8 *data = g_bytes_get_data (plain, &size);
  char *content;

  g_assert_no_error (error);
  /* In pieces of odd sizes. */
  for (gsize at = 0; at < size;)
    {
      gsize n = MIN (size - at, 1 + at % 50021);

      g_assert_true (kai_sealed_writer_write (writer, data + at, n, &error));
      at += n;
    }
  g_assert_true (kai_sealed_writer_finish (writer, &error));
  kai_sealed_writer_free (writer);
  close (fd);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_bytes_new_take (content, length);
}

/* TRUE when the file opens to its end; then it must hold @plain. */
static gboolean
open_sealed (const char *dir, GBytes *key, GBytes *file, GBytes *plain, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "read", NULL);
  g_autofree guint8 *got = g_malloc (g_bytes_get_size (plain) + 1);
  g_autoptr (KaiSealedReader) reader = NULL;
  gboolean ok;
  int fd;

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (file, NULL),
                                      (gssize)g_bytes_get_size (file), NULL));
  fd = g_open (path, O_RDONLY, 0);
  reader = kai_sealed_reader_new (fd, path, error);
  ok = reader != NULL;
  if (ok)
    {
      kai_sealed_reader_set_key (reader, key);
      ok = kai_sealed_reader_read (reader, got, g_bytes_get_size (plain), error)
           && kai_sealed_reader_finish (reader, error);
    }
  if (ok)
    g_assert_cmpmem (got, g_bytes_get_size (plain), g_bytes_get_data (plain, NULL),
                     g_bytes_get_size (plain));
  close (fd);
  return ok;
}

static void
test_lengths (void)
{
  static const gsize sizes[] = { 0, 1, 15, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5 };
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) plain = make_plain (sizes[i]);
      g_autoptr (GBytes) file = seal (dir, key, plain);
      g_autoptr (GError) error = NULL;

      g_assert_true (open_sealed (dir, key, file, plain, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (file), ==,
                        PREFIX + (sizes[i] / CHUNK) * WIRE + 4 + sizes[i] % CHUNK + 16);
    }
}

static void
assert_refused (const char *dir, GBytes *key, guint8 *bytes, gsize size, GBytes *plain,
                const char *what)
{
  g_autoptr (GBytes) file = g_bytes_new (bytes, size);
  g_autoptr (GError) error = NULL;

  if (open_sealed (dir, key, file, plain, &error))
    g_error ("%s was not found", what);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
  g_assert_nonnull (strstr (error->message, dir));
}

/* Every byte of the head, the marks and the tags, and some of each chunk. */
static void
test_changed (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) plain = make_plain (2 * CHUNK + 100);
  g_autoptr (GBytes) file = seal (dir, key, plain);
  gsize size = g_bytes_get_size (file);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (file, NULL), size);

  for (gsize at = 0; at < size; at += at < PREFIX + 8 || at + 130 > size ? 1 : 4093)
    {
      guint8 mask = (guint8)(1 << (at % 8));

      bytes[at] ^= mask;
      assert_refused (dir, key, bytes, size, plain, "a changed byte");
      bytes[at] ^= mask;
    }
}

static void
test_cut (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) plain = make_plain (2 * CHUNK);
  g_autoptr (GBytes) file = seal (dir, key, plain);
  gsize size = g_bytes_get_size (file);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (file, NULL), size);
  const gsize ends[] = { 0,
                         7,
                         8,
                         15,
                         16,
                         PREFIX - 1,
                         PREFIX,
                         PREFIX + 3,
                         PREFIX + WIRE - 1,
                         PREFIX + WIRE,
                         PREFIX + 2 * WIRE,
                         size - 16,
                         size - 1 };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    assert_refused (dir, key, bytes, ends[i], plain, "a cut");
  bytes = g_realloc (bytes, size + 1);
  bytes[size] = 0;
  assert_refused (dir, key, bytes, size + 1, plain, "a byte more");
}

/* Chunks are where they were written: none swapped, doubled or left out. */
static void
test_moved (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) plain = make_plain (3 * CHUNK + 10);
  g_autoptr (GBytes) file = seal (dir, key, plain);
  gsize size = g_bytes_get_size (file);
  const guint8 *bytes = g_bytes_get_data (file, NULL);
  const struct
  {
    const char *what;
    int order[6]; /* chunks of the file; -1 ends */
  } cases[] = { { "a swap", { 1, 0, 2, 3, -1 } },
                { "a doubled chunk", { 0, 0, 1, 2, 3, -1 } },
                { "a missing chunk", { 1, 2, 3, -1 } },
                { "a missing end", { 0, 1, 2, -1 } },
                { "a chunk after the end", { 0, 1, 2, 3, 0, -1 } } };

  g_assert_cmpuint (size, >, PREFIX + 3 * WIRE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) changed = g_byte_array_new ();

      g_byte_array_append (changed, bytes, (guint)PREFIX);
      for (int k = 0; cases[i].order[k] >= 0; k++)
        {
          gsize at = PREFIX + (gsize)cases[i].order[k] * WIRE;

          g_byte_array_append (changed, bytes + at, (guint)MIN (WIRE, size - at));
        }
      assert_refused (dir, key, changed->data, changed->len, plain, cases[i].what);
    }
}

/* The mark of the last chunk on another one: the rest would be cut off unseen. */
static void
test_early_end (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) plain = make_plain (3 * CHUNK + 10);
  g_autoptr (GBytes) start = g_bytes_new_from_bytes (plain, 0, CHUNK);
  g_autoptr (GBytes) file = seal (dir, key, plain);
  g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (file, NULL), PREFIX + WIRE);

  changed[PREFIX] |= 0x80;
  assert_refused (dir, key, changed, PREFIX + WIRE, start, "an early end");
}

static void
test_keys (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) other = make_key (2);
  g_autoptr (GBytes) plain = make_plain (1000);
  g_autoptr (GBytes) file = seal (dir, key, plain);
  gsize size = g_bytes_get_size (file);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (file, NULL), size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) newer = NULL;

  assert_refused (dir, other, bytes, size, plain, "another key");
  bytes[11] = KAI_SEALED_VERSION + 1;
  newer = g_bytes_new (bytes, size);
  g_assert_false (open_sealed (dir, key, newer, plain, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
  g_assert_nonnull (strstr (error->message, "newer version"));
}

static void
test_full (void)
{
  g_autoptr (GBytes) key = make_key (1);
  g_autoptr (GBytes) head = g_bytes_new_static (HEAD, strlen (HEAD));
  g_autoptr (GError) error = NULL;
  int fd = g_open ("/dev/full", O_WRONLY, 0);

  g_assert_null (kai_sealed_writer_new (fd, key, head, "/dev/full", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sealed-file/lengths", test_lengths);
  g_test_add_func ("/sealed-file/changed", test_changed);
  g_test_add_func ("/sealed-file/cut", test_cut);
  g_test_add_func ("/sealed-file/moved", test_moved);
  g_test_add_func ("/sealed-file/early-end", test_early_end);
  g_test_add_func ("/sealed-file/keys", test_keys);
  g_test_add_func ("/sealed-file/full", test_full);
  return g_test_run ();
}
