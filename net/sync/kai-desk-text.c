/* What a payer is told: the text message of a notice. */
#include "sync/kai-desk-text.h"

#include "model/kai-notice-text.h"
#include "sync/kai-desk-private.h"

#include <stdlib.h>

char *
kai_desk_dup_sms (KaiDesk *desk, const KaiNotice *notice)
{
  g_autoptr (KaiNotice) copy = kai_notice_copy (notice);
  g_autofree char *url = *notice->payment_code ? kai_desk_dup_pay_url (desk, notice) : NULL;

  if (copy->valid_until == 0)
    {
      g_autofree char *fallback = g_strdup_printf ("%d", desk->profile->notice_days);
      int days = atoi (kai_base_data_get_setting (desk->base, "notice_days", fallback));

      copy->valid_until = kai_calendar_valid_until (desk->calendar, kai_day_today (),
                                                    days > 0 ? days : desk->profile->notice_days);
    }
  return kai_notice_build_sms (desk->profile->sms_text, copy, kai_desk_get_unit (desk), url);
}
