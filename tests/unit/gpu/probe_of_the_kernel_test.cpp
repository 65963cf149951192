// SPDX-License-Identifier: MIT
#include "gpu/probe/record.h"
#include "gpu/read_records.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

// The probe's questions to /dev/nvidiactl, whose answers are bytes as gpu-atlas 3.3 lays them out:
// kernel.c itself, with the kernel played by a test.
namespace envkeep::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned ask_version = 0xc04846d2;
constexpr unsigned ask_cards = 0xc90046c8;

struct Device {
    mode_t kind = S_IFCHR;
    dev_t number = ::gnu_dev_makedev(195, 255);
    bool is_there = true;
    int open_error = 0;
    int version_error = 0;
    int cards_error = 0;
    std::string version;  // what is copied over the 64 bytes
    std::string cards;    // over the 32 records of 72 bytes
    bool was_opened = false;
    std::string asked;  // the command's letter
    std::string told;   // the records of the probe
};

Device device;
probe_record record;

long play(long number, unsigned long one, unsigned long two, unsigned long three) {
    switch (number) {
        case SYS_stat: {
            EXPECT_STREQ(reinterpret_cast<const char*>(one), "/dev/nvidiactl");
            auto& found = *reinterpret_cast<struct ::stat*>(two);
            found = {};
            found.st_mode = device.kind | 0666U;
            found.st_rdev = device.number;
            return device.is_there ? 0 : -ENOENT;
        }
        case SYS_open:
            device.was_opened = true;
            return device.open_error != 0 ? -device.open_error : 7;
        case SYS_ioctl: {
            EXPECT_EQ(one, 7U);
            auto* const bytes = reinterpret_cast<char*>(three);
            if (two == ask_version) {
                device.asked += bytes[0];
                std::memcpy(bytes + 8, device.version.data(), device.version.size());
                return -device.version_error;
            }
            EXPECT_EQ(two, ask_cards);
            std::memset(bytes, 0, std::size_t{32} * 72);
            std::memcpy(bytes, device.cards.data(), device.cards.size());
            return -device.cards_error;
        }
        default:
            EXPECT_EQ(number, SYS_close);
            return 0;
    }
}

void put(int code) {
    record.code = code;
    device.told.append(reinterpret_cast<const char*>(&record), sizeof record);
}

}  // namespace

extern "C" {
void probe_kernel(void);

std::uintptr_t call_system(std::uintptr_t number,
                           std::uintptr_t one,
                           std::uintptr_t two,
                           std::uintptr_t three) {
    return static_cast<std::uintptr_t>(play(static_cast<long>(number), one, two, three));
}

void begin(enum probe_step step, int card) {
    record = {};
    record.magic = ENVKEEP_PROBE_MAGIC;
    record.step = static_cast<std::uint16_t>(step);
    record.card = static_cast<std::int16_t>(card);
    put(ENVKEEP_PROBE_BEGUN);
}

void tell(int code, const char* text) {
    std::strncpy(record.text, text != nullptr ? text : "", sizeof record.text - 1);
    put(code);
}

void tell_numbers(
    int code, std::uint64_t one, std::uint64_t two, std::uint64_t three, std::uint64_t four) {
    const std::array numbers{one, two, three, four};
    std::memcpy(record.numbers, numbers.data(), sizeof record.numbers);
    put(code);
}
}

namespace {

// A record of CARD_INFO.
std::string card(std::uint32_t domain,
                 unsigned char bus,
                 unsigned char slot,
                 bool is_valid = true) {
    std::string bytes(72, '\xee');
    const std::uint16_t vendor = 0x10de;
    const std::uint16_t id = 0x1eb8;
    bytes[0] = is_valid ? '\1' : '\0';
    std::memcpy(&bytes[4], &domain, sizeof domain);
    bytes[8] = static_cast<char>(bus);
    bytes[9] = static_cast<char>(slot);
    std::memcpy(&bytes[12], &vendor, sizeof vendor);
    std::memcpy(&bytes[14], &id, sizeof id);
    return bytes;
}

struct Answer {
    ProbePass pass;
    ProbeFacts facts;
};

Answer ask(Device what) {
    device = std::move(what);
    probe_kernel();
    Answer answer;
    read_records(device.told, answer.pass, answer.facts);
    EXPECT_EQ(answer.pass.failed, "");
    return answer;
}

TEST(TheKernelsDriverAsked, SaysItsVersionAndAllCardsOfTheHost) {
    const Answer answer = ask({.version = std::string("550.54.14\0\0", 11),
                               .cards = card(0, 0, 5) + card(1, 2, 3, false) + card(1, 0x3b, 0)});

    EXPECT_EQ(device.asked, "2");
    EXPECT_EQ(answer.facts.kernel_version, "550.54.14");
    EXPECT_THAT(answer.facts.host_cards, ElementsAre("0000:00:05.0", "0001:3b:00.0"));
}

TEST(TheKernelsDriverAsked, BeforeVersion535SaysNothingOfItself) {
    const Answer answer = ask({.cards = card(0, 0, 5)});

    EXPECT_EQ(answer.facts.kernel_version, "");
    EXPECT_THAT(answer.facts.host_cards, ElementsAre("0000:00:05.0"));
}

TEST(TheKernelsDriverAsked, MayAnswerNoise) {
    const Answer answer =
        ask({.version = std::string(64, '9'), .cards = std::string(32 * 72, '\xff')});

    EXPECT_EQ(answer.facts.kernel_version, std::string(63, '9'));
    EXPECT_EQ(answer.facts.host_cards.size(), 32U);
}

TEST(TheKernelsDriverAsked, IsLeftOutWhereItDoesNotKnowTheQuestions) {
    for (const int error : {ENOTTY, EINVAL, EPERM}) {
        const Answer answer =
            ask({.version_error = error, .cards_error = error, .cards = card(0, 0, 5)});

        EXPECT_TRUE(device.was_opened);
        EXPECT_EQ(answer.facts.kernel_version, "");
        EXPECT_THAT(answer.facts.host_cards, IsEmpty());
    }
    EXPECT_EQ(ask({.open_error = EACCES}).facts.kernel_version, "");
    EXPECT_EQ(device.told, "");
}

TEST(TheKernelsDriverAsked, IsNotMistakenForWhatElseStandsInItsPlace) {
    for (const Device& other : {Device{.is_there = false},
                                Device{.kind = S_IFREG, .number = 0},
                                Device{.kind = S_IFIFO, .number = 0},
                                Device{.kind = S_IFBLK},
                                Device{.number = ::gnu_dev_makedev(1, 3)},
                                Device{.number = ::gnu_dev_makedev(195, 0)}}) {
        ask(other);

        EXPECT_FALSE(device.was_opened);
        EXPECT_EQ(device.told, "");
    }
}

}  // namespace
}  // namespace envkeep::gpu
