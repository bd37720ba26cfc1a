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
  { "8652", N_ ("Ask which numbers were leased") },
  { "8614", N_ ("Distribute bills") },
  { "8617", N_ ("Ask for bills to take in") },
  { "8618", N_ ("Take in bills") },
  { "8619", N_ ("Return bills") },
  { "8620", N_ ("Void bills") },
  { "8622", N_ ("Write off bills") },
  { "2698", N_ ("Ask for notices of a payer") },
  { "8501", N_ ("Reconcile a day") },
  { "8611", N_ ("Apply for bills") },
  { "8612", N_ ("Ask for applications for bills") },
  { "8613", N_ ("Cancel an application for bills") },
  { "8615", N_ ("Cancel a distribution") },
  { "8616", N_ ("Ask for distributions") },
  { "8621", N_ ("Ask for the stock of bills") },
  { "8623", N_ ("Report a stock-take") },
  { "8631", N_ ("Reverse an e-bill") },
  { "8632", N_ ("Ask for the state of an e-bill") },
  { "8633", N_ ("Ask for the states of e-bills of a period") },
  { "8634", N_ ("Notify the payer of an e-bill again") },
  { "8642", N_ ("Apply for a refund") },
  { "8643", N_ ("Ask how a refund stands") },
  { "8644", N_ ("Report detail slips") },
  { "8645", N_ ("Report a remittance summary") },
  { "8661", N_ ("Ask for the inventory of all units") },
  { "8662", N_ ("Ask for the figures of all units") },
  { "8663", N_ ("Ask for units near a limit") },
  { "8664", N_ ("Ask for applications to approve") },
  { "8665", N_ ("Approve or refuse an application") },
  { "8671", N_ ("Apply for a new certificate") },
  { "8672", N_ ("Ask how a certificate application stands") },
  { "8673", N_ ("Fetch a certificate") },
  { "8674", N_ ("Ask for an authorisation to unlock a PIN") },
  { "8995", N_ ("Enter a paper bill that is due") },
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
  { "5652", N_ ("Numbers that were leased") },
  { "5603", N_ ("A notice for a bank") },
  { "5675", N_ ("List of revoked certificates") },
  { "5698", N_ ("Notices of a payer") },
  { "5501", N_ ("Result of reconciling") },
  { "5612", N_ ("Applications for bills") },
  { "5616", N_ ("Distributions") },
  { "5621", N_ ("Stock of bills") },
  { "5632", N_ ("State of an e-bill") },
  { "5633", N_ ("States of e-bills") },
  { "5643", N_ ("State of a refund") },
  { "5661", N_ ("Inventory of all units") },
  { "5662", N_ ("Figures of all units") },
  { "5663", N_ ("Units near a limit") },
  { "5664", N_ ("Applications to approve") },
  { "5672", N_ ("State of a certificate application") },
  { "5673", N_ ("A certificate") },
  { "5674", N_ ("Authorisation to unlock a PIN") },
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
