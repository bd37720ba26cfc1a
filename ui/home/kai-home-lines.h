#pragma once

#include "kai-session.h"
#include "store/kai-attention.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* When the home page speaks up. */
typedef struct
{
  int lapse_days, low_codes, low_stock, certificate_days;
} KaiHomeThresholds;

/* Rows (KaiAttentionRow, floating), the most urgent first. Caller frees the array. */
GPtrArray *kai_home_lines_build (KaiSession *session, const KaiAttention *attention,
                                 const KaiHomeThresholds *thresholds);
/* Days until the certificate in use ends, negative when it has; G_MAXINT without a certificate. */
int kai_home_certificate_days (KaiSession *session);

G_END_DECLS
