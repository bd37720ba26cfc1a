/* Chunks under AES-256-GCM. The key of a file comes from the caller's key and the hash of everything before the first chunk, so that no two files share one and a
 * changed head opens nothing; the nonce is the chunk's number. */
#include "backup/kai-sealed-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>

#include "store/kai-files.h"
#include "values/kai-error.h"

#define MAGIC "KaiBak\r\n"
#define MAGIC_SIZE 8
#define PREFIX_SIZE (MAGIC_SIZE + 8) /* version and length of the head */
#define CHUNK_SIZE (64 * 1024)
#define TAG_SIZE 16
#define NONCE_SIZE 12
#define KEY_SIZE 32
#define LAST G_GUINT64_CONSTANT (0x80000000)

/* What both directions share: the key at work and the number of the chunk. */
typedef struct
{
  EVP_CIPHER_CTX *cipher;
  guchar bound[KEY_SIZE]; /* hash of what stands before the first chunk */
  guint64 number;
} Seal;

struct _KaiSealedWriter
{
  int fd;
  char *path;
  Seal seal;
  gsize filled;
  guchar plain[CHUNK_SIZE];
  guchar wire[4 + CHUNK_SIZE + TAG_SIZE];
};

struct _KaiSealedReader
{
  int fd;
  char *path;
  Seal seal;
  GBytes *head;
  gsize filled, at; /* of plain */
  gboolean ended;   /* the last chunk is in plain */
  guchar plain[CHUNK_SIZE];
  guchar wire[CHUNK_SIZE + TAG_SIZE];
};

/* OpenSSL fails here only without memory; nothing may be written then. */
static void
must (gboolean done)
{
  if (!done)
    g_error ("the cryptographic library failed");
}

/* ---- the key of one file ---- */

static void
seal_set_key (Seal *seal, GBytes *key, gboolean encrypt)
{
  guchar own[EVP_MAX_MD_SIZE];
  unsigned int size = 0;

  EVP_CIPHER_CTX_free (seal->cipher);
  seal->cipher = EVP_CIPHER_CTX_new ();
  must (seal->cipher && g_bytes_get_size (key) == KEY_SIZE
        && HMAC (EVP_sha256 (), g_bytes_get_data (key, NULL), KEY_SIZE, seal->bound,
                 sizeof seal->bound, own, &size)
        && size == KEY_SIZE
        && EVP_CipherInit_ex (seal->cipher, EVP_aes_256_gcm (), NULL, own, NULL, encrypt) == 1);
  OPENSSL_cleanse (own, sizeof own);
}

static void
seal_bind (Seal *seal, const guchar *prefix, GBytes *head)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  unsigned int size = 0;

  must (context && EVP_DigestInit_ex (context, EVP_sha256 (), NULL) == 1
        && EVP_DigestUpdate (context, prefix, PREFIX_SIZE) == 1
        && EVP_DigestUpdate (context, g_bytes_get_data (head, NULL), g_bytes_get_size (head)) == 1
        && EVP_DigestFinal_ex (context, seal->bound, &size) == 1 && size == sizeof seal->bound);
  EVP_MD_CTX_free (context);
}

/* Readies the cipher for the chunk: its number is the nonce, and whether it is the last is bound. */
static gboolean
seal_begin (Seal *seal, gboolean last)
{
  guchar nonce[NONCE_SIZE] = { 0 };
  guint64 wire = GUINT64_TO_BE (seal->number);
  const guchar mark = last ? 1 : 0;
  int size;

  memcpy (nonce + NONCE_SIZE - sizeof wire, &wire, sizeof wire);
  return EVP_CipherInit_ex (seal->cipher, NULL, NULL, NULL, nonce, -1) == 1
         && EVP_CipherUpdate (seal->cipher, NULL, &size, &mark, 1) == 1;
}

/* ---- writing ---- */

static gboolean
write_all (KaiSealedWriter *writer, const void *data, gsize size, GError **error)
{
  const guchar *cursor = data;

  while (size > 0)
    {
      gssize done = write (writer->fd, cursor, size);

      if (done < 0 && errno == EINTR)
        continue;
      if (done <= 0)
        return kai_files_fail (error, writer->path, done < 0 ? errno : ENOSPC);
      cursor += done;
      size -= (gsize)done;
    }
  return TRUE;
}

static void
put_u32 (guchar *out, guint32 number)
{
  guint32 wire = GUINT32_TO_BE (number);

  memcpy (out, &wire, sizeof wire);
}

static guint32
get_u32 (const guchar *in)
{
  guint32 wire;

  memcpy (&wire, in, sizeof wire);
  return GUINT32_FROM_BE (wire);
}

KaiSealedWriter *
kai_sealed_writer_new (int fd, GBytes *key, GBytes *head, const char *path, GError **error)
{
  g_autoptr (KaiSealedWriter) writer = g_new0 (KaiSealedWriter, 1);
  guchar prefix[PREFIX_SIZE];

  g_return_val_if_fail (g_bytes_get_size (head) <= KAI_SEALED_MAX_HEAD, NULL);
  writer->fd = fd;
  writer->path = g_strdup (path);
  memcpy (prefix, MAGIC, MAGIC_SIZE);
  put_u32 (prefix + MAGIC_SIZE, KAI_SEALED_VERSION);
  put_u32 (prefix + MAGIC_SIZE + 4, (guint32)g_bytes_get_size (head));
  seal_bind (&writer->seal, prefix, head);
  seal_set_key (&writer->seal, key, TRUE);
  if (!write_all (writer, prefix, sizeof prefix, error)
      || !write_all (writer, g_bytes_get_data (head, NULL), g_bytes_get_size (head), error))
    return NULL;
  return g_steal_pointer (&writer);
}

static gboolean
write_chunk (KaiSealedWriter *writer, gboolean last, GError **error)
{
  guchar *body = writer->wire + 4;
  int size = 0, rest = 0;

  put_u32 (writer->wire, (guint32)(writer->filled | (last ? LAST : 0)));
  must (
      seal_begin (&writer->seal, last)
      && (writer->filled == 0
          || EVP_CipherUpdate (writer->seal.cipher, body, &size, writer->plain, (int)writer->filled)
                 == 1)
      && EVP_CipherFinal_ex (writer->seal.cipher, body + size, &rest) == 1
      && EVP_CIPHER_CTX_ctrl (writer->seal.cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
                              body + writer->filled)
             == 1);
  writer->seal.number++;
  size = (int)writer->filled + 4 + TAG_SIZE;
  writer->filled = 0;
  return write_all (writer, writer->wire, (gsize)size, error);
}

gboolean
kai_sealed_writer_write (KaiSealedWriter *writer, const void *data, gsize size, GError **error)
{
  const guchar *cursor = data;

  while (size > 0)
    {
      gsize n = MIN (size, CHUNK_SIZE - writer->filled);

      memcpy (writer->plain + writer->filled, cursor, n);
      writer->filled += n;
      cursor += n;
      size -= n;
      if (writer->filled == CHUNK_SIZE && !write_chunk (writer, FALSE, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_sealed_writer_finish (KaiSealedWriter *writer, GError **error)
{
  return write_chunk (writer, TRUE, error);
}

void
kai_sealed_writer_free (KaiSealedWriter *writer)
{
  if (!writer)
    return;
  EVP_CIPHER_CTX_free (writer->seal.cipher);
  OPENSSL_cleanse (writer->plain, sizeof writer->plain);
  g_free (writer->path);
  g_free (writer);
}

/* ---- reading ---- */

static gboolean
fail_damaged (KaiSealedReader *reader, GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The backup %s is damaged: it was cut off or changed. Nothing of it was "
                           "used; take another backup."),
                        reader->path);
}

/* Fewer bytes only at the end of the file. -1 on failure. */
static gssize
read_some (KaiSealedReader *reader, void *data, gsize size, GError **error)
{
  gsize got = 0;

  while (got < size)
    {
      gssize done = read (reader->fd, (guchar *)data + got, size - got);

      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        {
          kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("The backup %s cannot be read: %s."),
                         reader->path, g_strerror (errno));
          return -1;
        }
      if (done == 0)
        break;
      got += (gsize)done;
    }
  return (gssize)got;
}

static gboolean
read_head (KaiSealedReader *reader, GError **error)
{
  guchar prefix[PREFIX_SIZE];
  gssize got = read_some (reader, prefix, sizeof prefix, error);
  guint32 size;
  g_autofree guchar *head = NULL;

  if (got < 0)
    return FALSE;
  if (got < MAGIC_SIZE || memcmp (prefix, MAGIC, MAGIC_SIZE) != 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("%s is not a backup of this program. Choose another file."),
                          reader->path);
  if (got < (gssize)sizeof prefix)
    return fail_damaged (reader, error);
  if (get_u32 (prefix + MAGIC_SIZE) > KAI_SEALED_VERSION)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The backup %s was made by a newer version of this program. Install "
                             "the newest version to restore it."),
                          reader->path);
  size = get_u32 (prefix + MAGIC_SIZE + 4);
  if (get_u32 (prefix + MAGIC_SIZE) != KAI_SEALED_VERSION || size > KAI_SEALED_MAX_HEAD)
    return fail_damaged (reader, error);
  head = g_malloc (size + 1);
  got = read_some (reader, head, size, error);
  if (got < 0)
    return FALSE;
  if (got < (gssize)size)
    return fail_damaged (reader, error);
  reader->head = g_bytes_new_take (g_steal_pointer (&head), size);
  seal_bind (&reader->seal, prefix, reader->head);
  return TRUE;
}

KaiSealedReader *
kai_sealed_reader_new (int fd, const char *path, GError **error)
{
  g_autoptr (KaiSealedReader) reader = g_new0 (KaiSealedReader, 1);

  reader->fd = fd;
  reader->path = g_strdup (path);
  return read_head (reader, error) ? g_steal_pointer (&reader) : NULL;
}

GBytes *
kai_sealed_reader_get_head (KaiSealedReader *reader)
{
  return reader->head;
}

void
kai_sealed_reader_set_key (KaiSealedReader *reader, GBytes *key)
{
  seal_set_key (&reader->seal, key, FALSE);
}

/* Only what the tag vouches for gets into plain. */
static gboolean
open_chunk (KaiSealedReader *reader, gsize length, gboolean last)
{
  int size = 0, rest = 0;

  return seal_begin (&reader->seal, last)
         && (length == 0
             || EVP_CipherUpdate (reader->seal.cipher, reader->plain, &size, reader->wire,
                                  (int)length)
                    == 1)
         && EVP_CIPHER_CTX_ctrl (reader->seal.cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
                                 reader->wire + length)
                == 1
         && EVP_CipherFinal_ex (reader->seal.cipher, reader->plain + size, &rest) == 1;
}

static gboolean
next_chunk (KaiSealedReader *reader, GError **error)
{
  guchar mark[4];
  gssize got;
  gsize length;
  gboolean last;

  reader->filled = reader->at = 0;
  if (reader->ended || !reader->seal.cipher)
    return fail_damaged (reader, error);
  got = read_some (reader, mark, sizeof mark, error);
  if (got < 0)
    return FALSE;
  length = get_u32 (mark) & ~LAST;
  last = (get_u32 (mark) & LAST) != 0;
  /* Only the last chunk is shorter, so that there is one way to write a file. */
  if (got < (gssize)sizeof mark || length > CHUNK_SIZE || (!last && length != CHUNK_SIZE))
    return fail_damaged (reader, error);
  got = read_some (reader, reader->wire, length + TAG_SIZE, error);
  if (got < 0)
    return FALSE;
  if (got < (gssize)(length + TAG_SIZE) || !open_chunk (reader, length, last))
    return fail_damaged (reader, error);
  reader->seal.number++;
  reader->filled = length;
  reader->ended = last;
  return TRUE;
}

gboolean
kai_sealed_reader_read (KaiSealedReader *reader, void *data, gsize size, GError **error)
{
  guchar *cursor = data;

  while (size > 0)
    {
      gsize n = MIN (size, reader->filled - reader->at);

      if (n == 0)
        {
          if (!next_chunk (reader, error))
            return FALSE;
          continue;
        }
      memcpy (cursor, reader->plain + reader->at, n);
      reader->at += n;
      cursor += n;
      size -= n;
    }
  return TRUE;
}

gboolean
kai_sealed_reader_finish (KaiSealedReader *reader, GError **error)
{
  guchar more;
  gssize got;

  /* What was read may have ended exactly with a full chunk; then an empty last one follows. */
  if (!reader->ended && reader->at == reader->filled && !next_chunk (reader, error))
    return FALSE;
  if (!reader->ended || reader->at != reader->filled)
    return fail_damaged (reader, error);
  got = read_some (reader, &more, 1, error);
  return got == 0 || (got > 0 && fail_damaged (reader, error));
}

void
kai_sealed_reader_free (KaiSealedReader *reader)
{
  if (!reader)
    return;
  EVP_CIPHER_CTX_free (reader->seal.cipher);
  OPENSSL_cleanse (reader->plain, sizeof reader->plain);
  g_clear_pointer (&reader->head, g_bytes_unref);
  g_free (reader->path);
  g_free (reader);
}
