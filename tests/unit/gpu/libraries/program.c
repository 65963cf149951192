// SPDX-License-Identifier: MIT
int middle_number(void);
int main(void) { return middle_number(); }
