// SPDX-License-Identifier: MIT
#include "captured_session.hpp"

namespace envkeep::snapshot {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* private_key =
    "-----BEGIN PRIVATE "
    "KEY-----\nMC4CAQAwBQYDK2VwBCIEIN0123456789abcdefghijklmnop+/ABCDEFGHIJKLMN\n";

TEST_F(CaptureOfASession, LeavesOutAndNamesSecretsAndWhatIsKept) {
    begin_session();
    write("root/.netrc", "password");
    write("root/.config/pip/pip.conf", "index-url = https://me:pw@host/simple");
    write("root/kept/x", "in the store");
    write("root/notes", "mine");

    const Capture found = take();

    EXPECT_THAT(paths_of(found),
                ElementsAre("root", "root/.config", "root/.config/pip", "root/notes"));
    EXPECT_THAT(found.left_out,
                ::testing::UnorderedElementsAre(
                    LeftOut{.path = "root/.netrc", .why = Omission::secret},
                    LeftOut{.path = "root/.config/pip/pip.conf", .why = Omission::secret},
                    LeftOut{.path = "root/kept", .why = Omission::kept}));
}

TEST_F(CaptureOfASession, NoLongerCarriesASecretThatWasAskedForBefore) {
    begin_session();
    write("root/key", private_key);
    tree_.mode("root/key", 0640);
    scope_.with_secrets = true;
    const Layer before = take().layer;
    scope_.with_secrets = false;

    const Capture found = take(&before, WallTime::max());

    EXPECT_THAT(paths_of(found), ElementsAre("root"));
    EXPECT_THAT(found.left_out, ElementsAre(LeftOut{.path = "root/key", .why = Omission::secret}));
}

TEST_F(CaptureOfASession, TakesAllOfAPackageThatAUmaskClosed) {
    begin_session();
    write("usr/python/test/server.key", private_key);
    write("usr/python/url.py", "# http://user:password@host");
    tree_.mode("usr/python/test/server.key", 0600).mode("usr/python/url.py", 0600);
    tree_.mode("usr/python/test", 0700);

    const Capture found = take();

    EXPECT_THAT(found.left_out, IsEmpty());
    EXPECT_THAT(paths_of(found), Contains("usr/python/test/server.key"));
    EXPECT_THAT(paths_of(found), Contains("usr/python/url.py"));
}

TEST_F(CaptureOfASession, LeavesOutAKeyThatSomebodyPutIntoAPackage) {
    begin_session();
    write("usr/python/server.key", private_key);
    tree_.mode("usr/python/server.key", 0600).mode("usr/python", 0755);

    EXPECT_THAT(take().left_out,
                ElementsAre(LeftOut{.path = "usr/python/server.key", .why = Omission::secret}));
}

TEST_F(CaptureOfASession, JudgesEachNameOfAFileByItself) {
    begin_session();
    write("usr/python/one", "bytes");
    write("root/key", private_key);
    tree_.mode("root/key", 0600).hard_link("root/same-key", "root/key");
    tree_.hard_link("usr/q/one", "usr/python/one").hard_link("usr/q/two", "usr/python/one");
    is_wanted_ = [](const Group& group) { return group.domain != Domain::python; };

    const Capture found = take();

    EXPECT_THAT(paths_of(found), ElementsAre("root", "usr", "usr/q", "usr/q/one", "usr/q/two"));
    EXPECT_EQ(found.layer.entries.back().target, "usr/q/one");
    EXPECT_THAT(
        found.left_out,
        ::testing::IsSupersetOf({LeftOut{.path = "root/key", .why = Omission::secret},
                                 LeftOut{.path = "root/same-key", .why = Omission::secret},
                                 LeftOut{.path = "usr/python/one", .why = Omission::excluded}}));
}

// Tokens stand there in no form that could be told from other words.
TEST_F(CaptureOfASession, LeavesOutFilesOfVariablesThatNotAllMayRead) {
    begin_session();
    for (const char* const name : {".env", ".env.prod", ".envrc", "app.env", ".environment"}) {
        write(std::string("root/closed/") + name, "OPENAI_API_KEY=sk-1234\n");
        tree_.mode(std::string("root/closed/") + name, 0600);
    }
    write("root/open/.env", "DEBUG=1\n");
    tree_.mode("root/open/.env", 0644);

    const Capture found = take();

    EXPECT_THAT(found.left_out,
                ::testing::UnorderedElementsAre(
                    LeftOut{.path = "root/closed/.env", .why = Omission::secret},
                    LeftOut{.path = "root/closed/.env.prod", .why = Omission::secret},
                    LeftOut{.path = "root/closed/.envrc", .why = Omission::secret},
                    LeftOut{.path = "root/closed/app.env", .why = Omission::secret}));
    EXPECT_THAT(paths_of(found), Contains("root/closed/.environment"));
    EXPECT_THAT(paths_of(found), Contains("root/open/.env"));
}

}  // namespace
}  // namespace envkeep::snapshot
