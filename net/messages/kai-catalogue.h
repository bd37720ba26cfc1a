#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Every message as data: messages/messages.tsv (a resource; columns message path tag name_zh type min max presence note holds). Repeated nodes are those
 * whose path has a segment ending in "List". */
typedef enum
{
  KAI_TYPE_STRING,
  KAI_TYPE_NSTRING,
  KAI_TYPE_GBSTRING,
  KAI_TYPE_CURRENCY,
  KAI_TYPE_INTEGER,
  KAI_TYPE_DECIMAL,
  KAI_TYPE_DATE,
  KAI_TYPE_TIME,
  KAI_TYPE_DATETIME,
  KAI_TYPE_UTCDATETIME,
  KAI_TYPE_NODE,
} KaiFieldType;

/* What a value is about, for those who show messages to people: all but PLAIN may hold personal data, and are not shown unless asked for. */
typedef enum
{
  KAI_HOLDS_PLAIN,
  KAI_HOLDS_NAME,     /* of a payer or another person */
  KAI_HOLDS_NUMBER,   /* identity number, telephone, account */
  KAI_HOLDS_TEXT,     /* free text that may name people */
  KAI_HOLDS_DOCUMENT, /* base64 of a file */
  KAI_HOLDS_VOUCHER,  /* base64 of a voucher of the message in the MsgNo beside it */
} KaiFieldHolds;

typedef struct
{
  char *path; /* below Voucher: "" or "Sign_Info" or "BillList/Bill" */
  char *tag;
  char *name_zh;
  KaiFieldType type;
  int min, max;  /* GBK bytes; -1 = unlimited */
  char presence; /* 'M', 'O', 'C' for *M */
  char *note;
  KaiFieldHolds holds;
  /* Of 'C', from the notes "required when TAG is VALUE" and "may be empty when TAG is VALUE" (VALUE "empty" = ""): NULL when the note is another. */
  char *condition_tag, *condition_value;
  gboolean condition_requires;
} KaiFieldSpec;

typedef struct
{
  char *number;
  GPtrArray *fields;         /* KaiFieldSpec in wire order */
  struct _KaiSpecNode *root; /* the same as a tree, for the codec: kai-catalogue-private.h */
} KaiMessageSpec;

#define KAI_HEAD_FIELDS 9

typedef struct _KaiCatalogue KaiCatalogue;
/* The compiled-in catalogue, extended or overridden by the site file at @path (NULL = none, a missing file too; same columns): a row replaces the field of the same message,
 * path and tag where it stands, or adds one after the others. A row with the path "=" makes its message number another name of the one in its tag column; one with the path "=>" says under
 * which number (its tag column) this site sends and receives the message. MALFORMED names the
 * file and line. */
KaiCatalogue *kai_catalogue_load (const char *path, GError **error);
void kai_catalogue_free (KaiCatalogue *catalogue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiCatalogue, kai_catalogue_free)
const KaiMessageSpec *kai_catalogue_get (
    const KaiCatalogue *catalogue,
    const char *number); /* "*" = HEAD; NULL unknown; an older number gives the spec of the newer */
/* The number that stands for message @number on the wire here; borrowed from either. */
const char *kai_catalogue_get_wire_number (const KaiCatalogue *catalogue, const char *number);
char **kai_catalogue_list (
    const KaiCatalogue *catalogue); /* numbers, sorted; caller frees with g_strfreev */

G_END_DECLS
