// SPDX-License-Identifier: MIT
#include "envkeep/manifest/git_url.hpp"

#include <gmock/gmock.h>

namespace envkeep::manifest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Parts {
    std::string url;
    GitUrl expected;
};

class SoundUrls : public ::testing::TestWithParam<Parts> {};

TEST_P(SoundUrls, AreReadAsGitReadsThem) {
    const Result<GitUrl> parts = read_git_url(GetParam().url);

    ASSERT_TRUE(parts.has_value()) << GetParam().url << ": " << parts.error().message;
    EXPECT_EQ(*parts, GetParam().expected)
        << GetParam().url << ": " << parts->scheme << " " << parts->user << " " << parts->host
        << " " << parts->port << " " << parts->path;
}

INSTANTIATE_TEST_SUITE_P(
    Schemes,
    SoundUrls,
    ::testing::Values(
        Parts{"https://github.com/me/x", {"https", "", "github.com", 0, "/me/x"}},
        Parts{"https://me%40corp@h.example:8443/a%20b?x=1",
              {"https", "me@corp", "h.example", 8443, "/a%20b?x=1"}},
        Parts{"http://h.example:/x", {"http", "", "h.example", 0, "/x"}},
        Parts{"ssh://git@github.com/me/x.git", {"ssh", "git", "github.com", 0, "/me/x.git"}},
        Parts{"ssh://h.example:2222/srv/a%20b", {"ssh", "", "h.example", 2222, "/srv/a b"}},
        Parts{"ssh://me@[2001:db8::1]:22/x", {"ssh", "me", "2001:db8::1", 22, "/x"}},
        Parts{"ssh://[fe80::1%25eth0]/x", {"ssh", "", "fe80::1%eth0", 0, "/x"}},
        Parts{"ssh://h.example/~me/x", {"ssh", "", "h.example", 0, "~me/x"}},
        Parts{"git://h.example/~me/x", {"git", "", "h.example", 0, "~me/x"}},
        Parts{"git://h.example/x", {"git", "", "h.example", 0, "/x"}},
        Parts{"file:///srv/a%20b", {"file", "", "", 0, "/srv/a b"}},
        Parts{"ssh://h.example/a%250Ab", {"ssh", "", "h.example", 0, "/a%0Ab"}},
        Parts{"/srv/a%20b", {"file", "", "", 0, "/srv/a%20b"}}));

INSTANTIATE_TEST_SUITE_P(
    ScpLike,
    SoundUrls,
    ::testing::Values(Parts{"git@github.com:me/x.git", {"ssh", "git", "github.com", 0, "me/x.git"}},
                    Parts{"work:x", {"ssh", "", "work", 0, "x"}},
                    Parts{"me@h.example:/srv/x", {"ssh", "me", "h.example", 0, "/srv/x"}},
                    Parts{"me@h.example:~me/x", {"ssh", "me", "h.example", 0, "~me/x"}},
                    Parts{"me@h.example:/~me/x", {"ssh", "me", "h.example", 0, "~me/x"}},
                    Parts{"me@h.example:a%20b:c", {"ssh", "me", "h.example", 0, "a%20b:c"}},
                    Parts{"me@corp@h.example:x", {"ssh", "me@corp", "h.example", 0, "x"}},
                    Parts{"me@[2001:db8::1]:x", {"ssh", "me", "2001:db8::1", 0, "x"}},
                    Parts{"[::1]:x", {"ssh", "", "::1", 0, "x"}},
                    Parts{"[me@h.example:2222]:x", {"ssh", "me", "h.example", 2222, "x"}},
                    Parts{"me@[h.example:2222]:x", {"ssh", "me", "h.example", 2222, "x"}},
                    Parts{"me@h.example:dir/[x]", {"ssh", "me", "h.example", 0, "dir/[x]"}}));

class WrongUrls : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongUrls, AreRefusedWithoutTheirPassword) {
    const Result<GitUrl> parts = read_git_url(GetParam());

    ASSERT_FALSE(parts.has_value()) << GetParam();
    EXPECT_EQ(parts.error().kind, ErrorKind::invalid_manifest);
    EXPECT_THAT(parts.error().message + parts.error().hint, Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(All,
                         WrongUrls,
                         ::testing::Values("",
                                         "x",
                                         "/",
                                         "https://me:hunter2@h.example/x",
                                         "https://me:hunter2 @h.example/x",
                                         "https://hunter2@h.example:port/x",
                                         "https://hunter2@h.example",
                                         "ssh://h.example:0/x",
                                         "ssh://h.example:65536/x",
                                         "ssh://h.example:22x/x",
                                         "https://h[example:/x",
                                         "ssh://[::1/x",
                                         "ssh://[::1]x/x",
                                         "ssh://[]/x",
                                         "ssh://a%2Fb/x",
                                         "ssh://-oProxyCommand=x/x",
                                         "ssh://-oProxyCommand=x@h.example/x",
                                         "ssh://%2DoProxyCommand=x@h.example/x",
                                         "-oProxyCommand=x:y",
                                         "me@-oProxyCommand=x:y",
                                         "[-oProxyCommand=x:22]:y",
                                         "h.example:-x",
                                         "ssh://h.example/a%0Ab",
                                         "https://h.example/a%0Ab",
                                         "git://h.example/a%00b",
                                         "@h.example:x",
                                         "me@:x",
                                         "me@h.example:/",
                                         "me@[h.example]::x",
                                         "m]e@h.example:x",
                                         "[me@h:2@h.example]:x",
                                         "[::1]x",
                                         "[::1]:",
                                         "[::1",
                                         "file://h.example/x",
                                         "file:///",
                                         "ext::sh -c x",
                                         "fd::17",
                                         "HTTPS://h.example/x"));

TEST(GitUrls, OfAPathMustBeWhole) {
    for (const std::string url : {"./x", "../x", "~/x", "~me/x", ".dotfiles/x"}) {
        const Result<GitUrl> parts = read_git_url(url);

        ASSERT_FALSE(parts.has_value()) << url;
        EXPECT_EQ(parts.error().hint, "write the whole path, from / on") << url;
    }
}

}  // namespace
}  // namespace envkeep::manifest
