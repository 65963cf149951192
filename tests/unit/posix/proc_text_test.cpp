// SPDX-License-Identifier: MIT
#include "posix/proc_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sys/sysmacros.h>

#include <string>

namespace envkeep::posix {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(ParseProcessState, FindsItsFieldsBehindAnyName) {
    const std::string rest =
        " S 1 2 3 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 987654 1000 200 18446744073709551615";

    for (const char* const name : {"bash", "a b", ") S 1", "((", ""}) {
        const auto state = parse_process_state("42 (" + std::string(name) + ")" + rest);
        ASSERT_TRUE(state.has_value()) << name;
        EXPECT_EQ(state->state, 'S');
        EXPECT_EQ(state->started, 987654U);
    }
}

TEST(ParseProcessState, GivesNothingForOtherText) {
    EXPECT_FALSE(parse_process_state("").has_value());
    EXPECT_FALSE(parse_process_state("42 (a) S 1 2").has_value());
    EXPECT_FALSE(parse_process_state("42 (a)").has_value());
    EXPECT_FALSE(
        parse_process_state("42 (a) S 1 2 3 0 -1 4 1 0 0 0 5 6 0 0 20 0 1 0 x 1").has_value());
}

TEST(ParseMounts, ReadsTheLinesOfTheKernel) {
    const auto mounts = parse_mounts(
        "22 27 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
        "36 35 98:3 /below /mnt/with\\040space\\134\\011 ro,noatime master:1 master:2 - "
        "fuse.bindfs "
        "/dev/a\\040b rw\n"
        "37 35 0:44 / /store rw,nosuid,noexec - nfs4 server:/share ro,vers=4.2\n");

    ASSERT_THAT(mounts, SizeIs(3));
    EXPECT_EQ(mounts[0].point, "/proc");
    EXPECT_EQ(mounts[0].type, "proc");
    EXPECT_FALSE(mounts[0].is_read_only);
    EXPECT_EQ(mounts[1].point, "/mnt/with space\\\t");
    EXPECT_EQ(mounts[1].type, "fuse.bindfs");
    EXPECT_EQ(mounts[1].source, "/dev/a b");
    EXPECT_EQ(mounts[1].device, ::makedev(98, 3));
    EXPECT_TRUE(mounts[1].is_read_only);
    EXPECT_FALSE(mounts[1].is_no_exec);
    EXPECT_TRUE(mounts[2].is_no_exec);
    EXPECT_EQ(mounts[2].source, "server:/share");
    EXPECT_TRUE(mounts[2].is_read_only);
}

TEST(ParseMounts, LeavesOutWhatItDoesNotUnderstand) {
    EXPECT_THAT(parse_mounts(""), IsEmpty());
    EXPECT_THAT(parse_mounts("22 27 0:21 / /proc rw proc proc rw\n"), IsEmpty());
    EXPECT_THAT(parse_mounts("22 27 021 / /proc rw - proc proc rw\n"), IsEmpty());
    EXPECT_THAT(parse_mounts("22 27 0:21:3 / /proc rw - proc proc rw\n"), IsEmpty());
    EXPECT_THAT(parse_mounts("22 27 0:21 / /proc rw - proc\n"), IsEmpty());
}

TEST(ParseHome, FindsTheUserByNumber) {
    const std::string passwd =
        "# a comment\n"
        "root:x:0:0:root:/root:/bin/bash\n"
        "broken:x:1000\n"
        "paperspace:x:1000:1000:a, b:/home/paperspace:/bin/sh\n"
        "odd:x:1001:1001::relative:/bin/sh";

    EXPECT_EQ(parse_home(passwd, 0), "/root");
    EXPECT_EQ(parse_home(passwd, 1000), "/home/paperspace");
    EXPECT_EQ(parse_home(passwd, 1001), std::nullopt);
    EXPECT_EQ(parse_home(passwd, 7), std::nullopt);
    EXPECT_EQ(parse_home("", 0), std::nullopt);
}

TEST(ParseBootTime, FindsItsLine) {
    EXPECT_EQ(parse_boot_time("cpu 1 2 3\nbtime 1700000000\nprocesses 5\n"), 1'700'000'000);
    EXPECT_EQ(parse_boot_time("cpu 1 2 3\n"), std::nullopt);
    EXPECT_EQ(parse_boot_time("btime x\n"), std::nullopt);
}

TEST(ParseNameSpace, ReadsTheNumber) {
    EXPECT_EQ(parse_name_space("pid:[4026531836]"), 4026531836U);
    EXPECT_EQ(parse_name_space("mnt:[4026531836]"), std::nullopt);
    EXPECT_EQ(parse_name_space("pid:[]"), std::nullopt);
    EXPECT_EQ(parse_name_space(""), std::nullopt);
}

RC_GTEST_PROP(ProcText, TakesAnyTextWithoutHarm, (const std::string& text)) {
    static_cast<void>(parse_process_state("1 (" + text));
    static_cast<void>(parse_mounts(text + " - " + text + "\n" + text));
    static_cast<void>(parse_home(text + ":::" + text, 0));
    static_cast<void>(parse_boot_time("btime " + text));
    static_cast<void>(parse_name_space("pid:[" + text));
}

}  // namespace
}  // namespace envkeep::posix
