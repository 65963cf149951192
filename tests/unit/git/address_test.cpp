// SPDX-License-Identifier: MIT
#include "envkeep/git/address.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

Address parsed(std::string_view url) {
    const Result<Address> address = parse_address(url);
    EXPECT_TRUE(address.has_value()) << url;
    return address.value_or(Address{});
}

TEST(Address, KnowsTheFiveWays) {
    EXPECT_EQ(parsed("git@github.com:me/x.git"),
              (Address{Way::ssh, "git", "github.com", 0, "me/x.git"}));
    EXPECT_EQ(parsed("ssh://h.example:2222/srv/a%20b"),
              (Address{Way::ssh, "", "h.example", 2222, "/srv/a b"}));
    EXPECT_EQ(parsed("https://GitHub.com/me/x"),
              (Address{Way::https, "", "github.com", 0, "/me/x"}));
    EXPECT_EQ(parsed("http://h.example/x"), (Address{Way::http, "", "h.example", 0, "/x"}));
    EXPECT_EQ(parsed("git://h.example/x"), (Address{Way::git, "", "h.example", 0, "/x"}));
    EXPECT_EQ(parsed("/srv/x"), (Address{Way::file, "", "", 0, "/srv/x"}));
    EXPECT_EQ(parsed("file:///srv/x"), parsed("/srv/x"));
}

TEST(Address, KeepsTheLettersOfAnSshHostForThePatternsOfItsConfiguration) {
    EXPECT_EQ(parsed("Work:x").host, "Work");
}

TEST(Address, RefusesWhatTheManifestRefuses) {
    EXPECT_FALSE(parse_address("-oProxyCommand=x").has_value());
    EXPECT_FALSE(parse_address("https://me:hunter2@h.example/x").has_value());
}

// What libgit2 hands to a transport of ours is what was given to it.
TEST(AddressUrl, ReadsBackAsTheSame) {
    for (const std::string_view url : {"git@github.com:me/x.git",
                                       "me@h.example:/srv/x",
                                       "me@h.example:~me/x",
                                       "ssh://h.example:2222/~me/x",
                                       "ssh://me%40corp@h.example/a%25b%3Fc%23d",
                                       "ssh://[fe80::1%25eth0]:22/x",
                                       "[me@h.example:2222]:dir/x",
                                       "me@[::1]:dir/x",
                                       "https://me%40corp@h.example:8443/a%20b?x=1",
                                       "http://[::1]/x",
                                       "git://h.example/~me/a%20b",
                                       "file:///srv/a%25b",
                                       "/srv/a%20b#c"}) {
        const Address address = parsed(url);
        EXPECT_EQ(parsed(address.url()), address) << url << " " << address.url();
    }
}

TEST(AddressUrl, IsTheUsualFormOfIt) {
    EXPECT_EQ(parsed("git@github.com:me/x.git").url(), "git@github.com:me/x.git");
    EXPECT_EQ(parsed("me@h.example:/srv/x").url(), "ssh://me@h.example/srv/x");
    EXPECT_EQ(parsed("https://github.com/me/x").url(), "https://github.com/me/x");
    EXPECT_EQ(parsed("/srv/a%b").url(), "file:///srv/a%25b");
}

}  // namespace
}  // namespace envkeep::git
