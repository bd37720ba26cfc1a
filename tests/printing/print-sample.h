#pragma once

#include "kai-printing.h"

/* Made-up notices and e-bills that the tests of printing/ share. */

#define SAMPLE_CODE "32068421010005384867"
#define SAMPLE_ID "32068419900307123X"
#define SAMPLE_MOBILE "13812345678"
#define SAMPLE_URL "https://pay.example.test/pay/" SAMPLE_CODE

/* With @n items of 100.05 yuan each and a late fee of 1.00. */
KaiNotice *sample_notice (int n);
const KaiUnit *sample_unit (void);
KaiEbill *sample_ebill (int n);
/* Every text that a person or a foreign file may make long is @length characters long. */
KaiNotice *sample_long_notice (int length);
KaiEbill *sample_long_ebill (int length);
