// SPDX-License-Identifier: MIT
int leaf_number(void) { return LEAF_NUMBER; }
