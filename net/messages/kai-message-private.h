#pragma once

#include "messages/kai-catalogue-private.h"
#include "messages/kai-message.h"

G_BEGIN_DECLS

/* Where the codec is, for its errors. */
typedef struct
{
  const char *number; /* of the message */
  guint voucher;      /* from 1; 0 in the head */
} KaiFieldPlace;

/* FALSE with FIELD naming the place, the field, what is wrong and what to do, without the value. @value NULL = the field is missing. @max replaces the field's own
 * where it is not -1. */
gboolean kai_field_check (const KaiFieldSpec *field, const char *value, int max,
                          const KaiFieldPlace *place, GError **error);
/* The conditional fields of one record. */
gboolean kai_field_check_conditions (const KaiSpecNode *list, const KaiRecord *record,
                                     const KaiFieldPlace *place, GError **error);

/* TRUE when any field below the group is filled. */
gboolean kai_spec_has_content (const KaiSpecNode *group, const KaiRecord *record);

/* The member of the message that holds the head's field @tag; NULL when there is no such field. */
char **kai_message_head_field (KaiMessage *message, const char *tag);

/* The XML of the voucher in a VoucherBody, in UTF-8 unless it says otherwise itself. NULL with MALFORMED. */
GBytes *kai_message_voucher_bytes (xmlNode *body, GError **error);

/* AdmDivCode of a voucher body: 1 to 6 digits. */
gboolean kai_message_region_is_valid (const char *region);

#define KAI_MESSAGE_MAX_READ_ID 32 /* real messages carry longer ones than may be sent */

G_END_DECLS
