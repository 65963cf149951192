// SPDX-License-Identifier: MIT
#include "envkeep/packages/lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string any_text() {
    const auto bytes = *rc::gen::container<std::vector<char>>(rc::gen::oneOf(
        rc::gen::arbitrary<char>(), rc::gen::element(' ', '-', '\\', '[', ']', ':')));
    return {bytes.begin(), bytes.end()};
}

template <typename Enum>
Enum any_of(int count) {
    return static_cast<Enum>(*rc::gen::inRange(0, count));
}

Package any_package() {
    return {.domain = any_of<Domain>(11),
            .place = any_text(),
            .name = any_text(),
            .version = any_text(),
            .build = any_text(),
            .asked = any_of<Asked>(3),
            .origin = any_of<Origin>(3),
            .installer = any_text(),
            .url = any_text(),
            .commit = any_text(),
            .record = any_text(),
            .is_editable = *rc::gen::arbitrary<bool>(),
            .is_held = *rc::gen::arbitrary<bool>(),
            .size = *rc::gen::arbitrary<std::uint64_t>()};
}

Inventory any_inventory() {
    Inventory inventory{.base = {.os = any_text(),
                                 .os_version = any_text(),
                                 .machine = any_text(),
                                 .libc = any_text(),
                                 .fingerprint = any_text(),
                                 .runtimes = {}},
                        .packages = {},
                        .notes = {}};
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        inventory.base.runtimes.push_back({any_text(), any_text(), any_text(), any_text()});
    }
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
        inventory.packages.push_back(any_package());
    }
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        inventory.notes.push_back(
            {any_of<NoteKind>(8), any_of<Domain>(11), any_text(), any_text(), any_text()});
    }
    std::ranges::sort(inventory.base.runtimes);
    std::ranges::sort(inventory.packages);
    std::ranges::sort(inventory.notes);
    return inventory;
}

RC_GTEST_PROP(Lock, ReadsBackAsWhatWasWritten, ()) {
    const Inventory inventory = any_inventory();

    const auto reading = parse_lock(lock_text(inventory));

    RC_ASSERT(reading.has_value());
    RC_ASSERT(reading->inventory == inventory);
    RC_ASSERT(reading->passed_over.empty());
}

RC_GTEST_PROP(Lock, IsPlainAsciiOneThingALine, ()) {
    const Inventory inventory = any_inventory();

    const std::string text = lock_text(inventory);

    RC_ASSERT(
        std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c < '\x7f'); }));
}

TEST(Lock, ReadsWell) {
    Inventory inventory{.base = {.os = "debian",
                                 .os_version = "12",
                                 .machine = "x86_64",
                                 .libc = "glibc-2.36",
                                 .fingerprint = "",
                                 .runtimes = {{"python", "/usr/bin/python3.11", "3.11", ""}}},
                        .packages = {},
                        .notes = {}};
    inventory.packages = {{.domain = Domain::apt,
                           .name = "htop",
                           .version = "3.2",
                           .build = "amd64",
                           .asked = Asked::asked_for,
                           .is_held = true},
                          {.domain = Domain::python,
                           .place = "/a b",
                           .name = "mine\n",
                           .version = "",
                           .origin = Origin::session,
                           .installer = "pip",
                           .url = "file:///m",
                           .record = "0123",
                           .is_editable = true}};
    inventory.notes = {{NoteKind::interrupted_pip, Domain::python, "/a b", "~x", ""}};

    EXPECT_EQ(lock_text(inventory),
              "envkeep-lock 1\n"
              "image debian 12 x86_64 glibc-2.36 -\n"
              "runtime python /usr/bin/python3.11 3.11 -\n"
              "[python /a\\x20b]\n"
              "mine\\x0a - session editable by:pip url:file:///m rec:0123\n"
              "[apt]\n"
              "htop 3.2 req hold build:amd64\n"
              "[notes]\n"
              "interrupted-pip python /a\\x20b ~x -\n");
}

TEST(Lock, PassesOverWhatALaterEnvkeepWrites) {
    const auto reading = parse_lock(
        "envkeep-lock 1\nimage a b c d e\nkernel 6.1\n[files /]\n4121 files\n"
        "[gem /usr]\nrake 1\n[apt]\nhtop 3.2 req licence:gpl\n[notes]\nrotten apt - x -\n");

    ASSERT_TRUE(reading.has_value());
    ASSERT_EQ(reading->inventory.packages.size(), 1U);
    EXPECT_EQ(reading->inventory.packages[0].name, "htop");
    EXPECT_THAT(reading->inventory.notes, IsEmpty());
    EXPECT_THAT(reading->passed_over,
                ElementsAre("line 3: kernel",
                            "line 4: [files /]",
                            "line 6: [gem /usr]",
                            "line 9: licence:gpl",
                            "line 11: rotten"));
}

TEST(Lock, RefusesAnotherVersion) {
    const auto reading = parse_lock("envkeep-lock 2\n");

    ASSERT_FALSE(reading.has_value());
    EXPECT_EQ(reading.error().kind, ErrorKind::unsupported);
}

TEST(Lock, NamesTheLineThatIsDamaged) {
    const std::string head = "envkeep-lock 1\n";
    for (const std::string& text : {std::string(),
                                    std::string("lock 1\n"),
                                    head + "image a b",
                                    head + "image a b\n",
                                    head + "[apt\n",
                                    head + "[apt]\nhtop\n",
                                    head + "[apt]\nhtop  \n",
                                    head + "[apt]\nhtop 1 wanted\n",
                                    head + "[apt]\nhtop 1 url:\\x2\n",
                                    head + "[apt]\nhtop 1 bytes:x\n",
                                    head + "[apt]\nhtop\t 1\n"}) {
        const auto reading = parse_lock(text);
        ASSERT_FALSE(reading.has_value()) << text;
        EXPECT_EQ(reading.error().kind, ErrorKind::io) << text;
        EXPECT_THAT(reading.error().message, HasSubstr("line ")) << text;
    }
}

}  // namespace
}  // namespace envkeep::packages
