// SPDX-License-Identifier: MIT
#include "envkeep/store/session_state.hpp"

#include "envkeep/core/json.hpp"
#include "store_test.hpp"

#include <chrono>

namespace envkeep::store {
namespace {

using std::chrono::nanoseconds;
using ::testing::Eq;
using ::testing::Optional;

const system::Container here{.boot_id = "0d9e7a44-1b1f-4f0a-9d5e-6ff6a5b1c2d3",
                             .pid_namespace = 4026531836,
                             .first_start = 17};

system::Status some_status(std::uint64_t inode) {
    return {.kind = system::Kind::file,
            .mode = 0600,
            .uid = 1000,
            .gid = 100,
            .size = 1679,
            .device = 0xfffffffffffffff1,
            .inode = inode,
            .links = 1,
            .modified = WallTime(nanoseconds(1'795'217'099'123'456'789)),
            .changed = WallTime(nanoseconds(-5)),
            .is_mount_point = true};
}

SessionState full_state() {
    return {.container = here,
            .store_id = "0123456789abcdef",
            .session = "fedcba9876543210",
            .hook_ran_at = "2026-11-20T23:24:59Z",
            .last_save_at = "2026-11-20T23:34:59Z",
            .last_save_problem = "cannot write '\xff\\x': no space",
            .background = system::ProcessId{.pid = 4711, .started = 987654321},
            .probe = Probe{.is_mounted = true,
                           .mount_type = "nfs4",
                           .is_writable = true,
                           .has_links = true,
                           .has_modes = true,
                           .small_file = std::chrono::microseconds(1234),
                           .small_read = std::chrono::microseconds(567),
                           .total_bytes = 5'000'000'000,
                           .free_bytes = 17},
            .probed_device = 43,
            .files = {{.place = "/root/.bash_history",
                       .source = "/storage/envkeep/home/.bash_history",
                       .digest = digest_of("ls\n"),
                       .home_seen = some_status(7),
                       .store_seen = some_status(8)},
                      {.place = "/root/.git\xc3(config\n",
                       .source = "/storage/envkeep/home/.gitconfig",
                       .is_link = true}},
            .only_here = {{.original = "/root/.a\xff", .aside = "/root/.envkeep-aside/RUN/.a\xff"}},
            .sniffed = {{"/root/.ssh/my \xfekey", {.seen = some_status(9), .is_private_key = true}},
                        {"/root/.ssh/notes", {.seen = some_status(10)}}},
            .secret_names = SessionState::SecretNames{.folders = digest_of("folders"),
                                                      .found = {"x/.ssh", "\xff/kaggle.json"}}};
}

class SessionStateTest : public StoreTest {
  protected:
    std::optional<SessionState> loaded() { return load_state(home(), here, files); }
};

TEST_F(SessionStateTest, ComesBackAsItWasSaved) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());

    EXPECT_THAT(loaded(), Optional(Eq(full_state())));
}

TEST_F(SessionStateTest, IsReplacedByTheNextOne) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());
    const SessionState next{.container = here, .store_id = "0000000000000000"};
    ASSERT_TRUE(save_state(home(), next, files).has_value());

    EXPECT_THAT(loaded(), Optional(Eq(next)));
}

TEST_F(SessionStateTest, IsForItsOwnerOnly) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());

    EXPECT_EQ(tree.mode_of("home/.envkeep-state"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.envkeep-state/session.json"), 0600U);
}

TEST_F(SessionStateTest, OfAnotherContainerIsNone) {
    SessionState other = full_state();
    other.container.first_start += 1;
    ASSERT_TRUE(save_state(home(), other, files).has_value());

    EXPECT_EQ(loaded(), std::nullopt);
}

TEST_F(SessionStateTest, TellsItsStoreToTheNextContainerToo) {
    EXPECT_EQ(last_store(home(), files), "");
    SessionState other = full_state();
    other.container.first_start += 1;
    ASSERT_TRUE(save_state(home(), other, files).has_value());

    EXPECT_EQ(last_store(home(), files), "0123456789abcdef");

    tree.file("home/.envkeep-state/session.json", "\xff{\"store\": 7");
    EXPECT_EQ(last_store(home(), files), "");
}

TEST_F(SessionStateTest, IsNoneWhereThereIsNone) {
    EXPECT_EQ(loaded(), std::nullopt);
}

TEST_F(SessionStateTest, ThatWasCutShortAnywhereIsNone) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());
    const std::string whole = tree.content("home/.envkeep-state/session.json");
    for (std::size_t length = 0; length + 1 < whole.size(); length += 31) {
        tree.file("home/.envkeep-state/session.json", std::string_view(whole).substr(0, length));
        ASSERT_EQ(loaded(), std::nullopt) << "cut to " << length << " bytes";
    }
}

TEST_F(SessionStateTest, IsOneJsonDocument) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());

    const auto json = Json::parse(tree.content("home/.envkeep-state/session.json"));

    ASSERT_TRUE(json.has_value());
    EXPECT_EQ(json->find("files")->as_array()->size(), 2U);
    EXPECT_EQ(json->find("sniffed")->as_array()->size(), 2U);
    EXPECT_EQ(json->find("background")->number_or("pid", 0), 4711);
}

TEST_F(SessionStateTest, WithARecordOfAnotherFormIsNone) {
    const std::string head = R"({"format":1,"container":{"boot_id":")" + here.boot_id +
                             R"(","pid_namespace":4026531836,"first_start":17})";
    const std::string tail = "],\"sniffed\":[\n]}\n";
    tree.file("home/.envkeep-state/session.json", head + ",\"files\":[\n" + tail);
    ASSERT_TRUE(loaded().has_value());

    for (const char* const record : {R"(["/a","/b","",null,null,1)",
                                     R"(["/a","/b","",null,null,1]])",
                                     R"(["/a","/b","",null,null,1],)",
                                     R"(["/a","/b","",null,1])",
                                     R"(["/a","/b","",[1,2],null,1])",
                                     R"(["/a","/b","",[9,0,0,0,0,0,0,0,0,0,0],null,1])",
                                     R"(["/a","/b","",[1,-1,0,0,0,0,0,0,0,0,0],null,1])",
                                     R"(["/a\","/b","",null,null,1])",
                                     R"(["/a\u12","/b","",null,null,1])",
                                     R"({})",
                                     ""}) {
        tree.file("home/.envkeep-state/session.json",
                  head + ",\"files\":[\n" + record + "\n" + tail);
        EXPECT_EQ(loaded(), std::nullopt) << record;
    }
}

TEST_F(SessionStateTest, OfANewerFormatIsNone) {
    ASSERT_TRUE(save_state(home(), full_state(), files).has_value());
    std::string text = tree.content("home/.envkeep-state/session.json");
    text.replace(text.find("\"format\":1"), 10, "\"format\":2");
    tree.file("home/.envkeep-state/session.json", text);

    EXPECT_EQ(loaded(), std::nullopt);
}

TEST_F(SessionStateTest, IsNeverWrittenThroughALink) {
    tree.folder("elsewhere").link("home/.envkeep-state", tree / "elsewhere");

    EXPECT_FALSE(save_state(home(), full_state(), files).has_value());
    EXPECT_FALSE(tree.exists("elsewhere/session.json"));
}

}  // namespace
}  // namespace envkeep::store
