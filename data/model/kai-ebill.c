/* The face of an e-bill: a plain record. */
#include "model/kai-ebill.h"

/* The one list of its text fields, for making and freeing. */
#define FOR_EACH_TEXT(field)                                                                       \
  field (code) field (number) field (check_code) field (identity) field (tag) field (version)      \
      field (name) field (specimen) field (region) field (issue_time) field (issuer_code)          \
          field (issuer_name) field (payee_name) field (payee_account) field (payee_bank)          \
              field (payer_code) field (payer_name) field (payment_code) field (clerk)             \
                  field (reviewer) field (remark) field (related_code) field (related_number)      \
                      field (unit_seal_id) field (unit_seal_name) field (unit_seal_hash)           \
                          field (supervisor_seal_id) field (supervisor_seal_name)                  \
                              field (supervisor_seal_hash)

KaiEbill *
kai_ebill_new (void)
{
  KaiEbill *ebill = g_new0 (KaiEbill, 1);

#define INIT(field) ebill->field = g_strdup ("");
  FOR_EACH_TEXT (INIT)
#undef INIT
  ebill->payer_kind = KAI_PAYER_PERSON;
  ebill->items = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_item_free);
  return ebill;
}

void
kai_ebill_free (KaiEbill *ebill)
{
  if (!ebill)
    return;
#define FREE(field) g_free (ebill->field);
  FOR_EACH_TEXT (FREE)
#undef FREE
  g_ptr_array_unref (ebill->items);
  g_free (ebill);
}
