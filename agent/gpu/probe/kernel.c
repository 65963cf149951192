// SPDX-License-Identifier: MIT
#include "gpu/probe/probe.h"

#include <sys/stat.h>
#include <sys/syscall.h>

// Two questions to the kernel's driver without its library, as the open kernel modules number and
// lay them out (kernel-open/common/inc/nv-ioctl.h; the same from 515 to 595). Nothing promises that
// they stay: what fails is left out.
void probe_kernel(void) {
    // Another device in its place is not opened: that alone may do something.
    static const char control[] = "/dev/nvidiactl";
    const dev_t major_195_minor_255 = 0xc3ff;
    struct stat found;
    if (call_system(SYS_stat, (word)control, (word)&found, 0) != 0 || !S_ISCHR(found.st_mode) ||
        found.st_rdev != major_195_minor_255) {
        return;
    }
    const word read_write_close_on_exec = 02000002;
    const int file = (int)call_system(SYS_open, (word)control, read_write_close_on_exec, 0);
    if (file < 0) {
        return;
    }

    // Strict comparison would make the kernel log a mismatch; '2' only asks, from 535 on.
    struct {
        uint32_t command;
        uint32_t reply;
        char version[64];
    } version = {'2', 0, {0}};

    begin(step_control_version, -1);
    int code = (int)call_system(SYS_ioctl, (word)file, 0xc04846d2, (word)&version);
    version.version[sizeof version.version - 1] = 0;
    tell(code, version.version);

    struct card {
        uint8_t is_valid;
        uint8_t unused[3];
        uint32_t domain;
        uint8_t bus;
        uint8_t slot;
        uint16_t function_and_vendor[2];
        uint16_t device;
        uint8_t rest[56];
    };
    static struct card cards[32];
    _Static_assert(sizeof cards == 32 * 72, "as the request's number says");
    begin(step_control_cards, -1);
    code = (int)call_system(SYS_ioctl, (word)file, 0xc90046c8, (word)cards);
    tell(code, 0);
    for (unsigned i = 0; code == 0 && i < 32; ++i) {
        if (cards[i].is_valid) {
            begin(step_control_cards, (int)i);
            tell_numbers(
                0,
                (uint64_t)cards[i].domain << 16 | (uint64_t)cards[i].bus << 8 | cards[i].slot,
                cards[i].device,
                0,
                0);
        }
    }
    call_system(SYS_close, (word)file, 0, 0);
}
