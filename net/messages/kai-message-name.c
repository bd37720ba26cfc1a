/* What each message is for, in words, for people who look at messages. */
#include "messages/kai-message-name.h"

#include <glib/gi18n-lib.h>

static const struct
{
  const char *number, *name;
} names[] = {
  /* from the unit */
  { "8994", N_ ("Issue payment notices") },
  { "8641", N_ ("Void a payment notice") },
  { "8997", N_ ("Ask for the state of notices") },
  { "8998", N_ ("Swap for a paper bill") },
  { "8999", N_ ("Ask for e-bill numbers") },
  { "8981", N_ ("Send signed e-bills") },
  { "8982", N_ ("Fetch e-bill files") },
  { "8901", N_ ("Fetch base data") },
  { "8902", N_ ("Ask for what waits") },
  { "8002", N_ ("Test the connection") },
  { "8675", N_ ("Fetch the list of revoked certificates") },
  { "8651", N_ ("Ask for payment code numbers") },
  { "8614", N_ ("Distribute bills") },
  { "8617", N_ ("Ask for bills to take in") },
  { "8618", N_ ("Take in bills") },
  { "8619", N_ ("Return bills") },
  { "8620", N_ ("Void bills") },
  { "8622", N_ ("Write off bills") },
  { "2698", N_ ("Ask for notices of a payer") },
  /* from a bank */
  { "2601", N_ ("Ask for a notice at a bank") },
  { "2612", N_ ("Confirm a payment at a bank") },
  { "2003", N_ ("Change the token of the socket") },
  /* from finance */
  { "5996", N_ ("A notice was paid") },
  { "5001", N_ ("Result") },
  { "8001", N_ ("Result") },
  { "2001", N_ ("Result") },
  { "5002", N_ ("Result of the connection test") },
  { "5617", N_ ("Bills to take in") },
  { "5651", N_ ("Payment code numbers") },
  { "5603", N_ ("A notice for a bank") },
  { "5675", N_ ("List of revoked certificates") },
  { "5698", N_ ("Notices of a payer") },
  { "5901", N_ ("Base data") },
  { "5902", N_ ("What waits") },
  { "5981", N_ ("Result of sending e-bills") },
  { "5982", N_ ("E-bill files") },
  { "5997", N_ ("State of notices") },
};

const char *
kai_message_name (const char *number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].number, number))
      return _ (names[i].name);
  return NULL;
}
