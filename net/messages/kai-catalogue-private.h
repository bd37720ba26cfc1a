#pragma once

#include "messages/kai-catalogue.h"

G_BEGIN_DECLS

/* The fields of a message as the tree that stands in the XML, for the codec and the schema. Built once when the catalogue is loaded. */
typedef enum
{
  KAI_SPEC_LEAF,
  KAI_SPEC_GROUP, /* nested node that stands once: Sign_Info */
  KAI_SPEC_LIST, /* BillList: any number of items of one name; each is a record of its own. The root counts as one, with item "Voucher" */
} KaiSpecKind;

typedef struct _KaiSpecNode KaiSpecNode;
struct _KaiSpecNode
{
  KaiSpecKind kind;
  char *tag;
  char *item; /* of a list: the tag of its items */
  char *key;  /* path within the record: "Sign_Info/Value"; of a list "BillList/Bill" */
  const KaiFieldSpec *field; /* NULL for lists and for groups without a row of their own */
  GPtrArray *children;       /* KaiSpecNode, wire order; NULL for a leaf */
  GHashTable *by_tag;        /* tag → child */
  GHashTable *by_key;        /* of a list: every key of its records → node */
};

G_END_DECLS
