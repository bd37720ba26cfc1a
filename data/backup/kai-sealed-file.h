#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file of our own that is encrypted and authenticated piece by piece, so that one of any size is written and read in a little memory and nothing of it is
 * believed before it was checked. After a head that anybody can read (and nobody can change) come chunks under AES-256-GCM; each knows its place and whether it is
 * the last, so that one that is changed, cut off, swapped, doubled or added is found. docs/data-model.md has the format. */

#define KAI_SEALED_VERSION 1
#define KAI_SEALED_MAX_HEAD (1024 * 1024)

/* Writes to @fd (borrowed) from where it stands. @key: 32 bytes that may be used for many files; @head must differ from file to file (a random salt in it).
 * @path: for sentences. NULL with FULL, READ_ONLY or IO. */
typedef struct _KaiSealedWriter KaiSealedWriter;
KaiSealedWriter *kai_sealed_writer_new (int fd, GBytes *key, GBytes *head, const char *path,
                                        GError **error);
gboolean kai_sealed_writer_write (KaiSealedWriter *writer, const void *data, gsize size,
                                  GError **error);
/* The last chunk; without it the file is taken for cut off. Does not sync. */
gboolean kai_sealed_writer_finish (KaiSealedWriter *writer, GError **error);
void kai_sealed_writer_free (KaiSealedWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSealedWriter, kai_sealed_writer_free)

/* Reads from @fd (borrowed) from its beginning. UNREADABLE when it is no such file, is of a newer version, or (later) was changed. */
typedef struct _KaiSealedReader KaiSealedReader;
KaiSealedReader *kai_sealed_reader_new (int fd, const char *path, GError **error);
GBytes *kai_sealed_reader_get_head (KaiSealedReader *reader); /* borrowed; not yet checked */
/* From now on chunks can be read; the first one proves the head too. */
void kai_sealed_reader_set_key (KaiSealedReader *reader, GBytes *key);
/* Exactly @size bytes. UNREADABLE also when there are fewer. */
gboolean kai_sealed_reader_read (KaiSealedReader *reader, void *data, gsize size, GError **error);
/* TRUE when all was read and the file ends as it should. */
gboolean kai_sealed_reader_finish (KaiSealedReader *reader, GError **error);
void kai_sealed_reader_free (KaiSealedReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSealedReader, kai_sealed_reader_free)

G_END_DECLS
