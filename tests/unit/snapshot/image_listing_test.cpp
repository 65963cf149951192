// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/image_listing.hpp"

#include "sample.hpp"
#include "shelf_test.hpp"
#include "support/child.hpp"
#include "support/each_system_call.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>

#include <cerrno>
#include <optional>
#include <string>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ImageListing sample() {
    const WallTime time = at(1'600'000'000'000'000'000);
    return {.fingerprint = "5c1e09ab",
            .taken = "2026-11-20T23:24:59Z",
            .roots = {"bin", "usr"},
            .passed_over = {"root/.local", "**/a b"},
            .entries = {{.path = "bin",
                         .kind = EntryKind::link,
                         .mode = 0777,
                         .modified = time,
                         .target = "usr/bin"},
                        {.path = "usr", .mode = 0755, .modified = time},
                        {.path = "usr/bin", .mode = 0755, .modified = time},
                        {.path = "usr/bin/a b",
                         .kind = EntryKind::file,
                         .mode = 04755,
                         .uid = 1,
                         .gid = 2,
                         .size = 77,
                         .modified = time},
                        {.path = "usr/bin.d", .mode = 0755, .modified = time},
                        {.path = "usr/bin.d/x",
                         .kind = EntryKind::file,
                         .mode = 0644,
                         .size = 0,
                         .modified = time},
                        {.path = "usr/lib", .mode = 0755, .modified = time}}};
}

TEST(ImageListing, GivesBackEverything) {
    const auto listing = parse_listing(listing_text(sample()));

    ASSERT_TRUE(listing) << listing.error().message;
    EXPECT_EQ(*listing, sample());
}

TEST(ImageListing, IsRefusedWhereverItIsCut) {
    const std::string text = listing_text(sample());

    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_FALSE(parse_listing(text.substr(0, size))) << size;
    }
}

TEST(ImageListing, IsRefusedWhereItDoesNotSortOrClimbsOut) {
    ImageListing listing = sample();
    std::swap(listing.entries[1], listing.entries[2]);
    EXPECT_FALSE(parse_listing(listing_text(listing)));
    listing = sample();
    listing.entries[3].path = "usr/bin/..";
    EXPECT_FALSE(parse_listing(listing_text(listing)));
    listing = sample();
    listing.entries[2].kind = EntryKind::file;
    EXPECT_FALSE(parse_listing(listing_text(listing)));
}

TEST(ImageListing, FindsEntries) {
    const ImageListing listing = sample();

    EXPECT_EQ(find_entry(listing, "usr/bin/a b"), &listing.entries[3]);
    EXPECT_EQ(find_entry(listing, "usr/bin/a"), nullptr);
    EXPECT_EQ(find_entry(listing, ""), nullptr);
}

TEST(ImageListing, CoversWhatIsBelowItsRoots) {
    const ImageListing listing = sample();

    EXPECT_TRUE(covers(listing, "usr/new"));
    EXPECT_FALSE(covers(listing, "etc/passwd"));
    EXPECT_FALSE(covers(listing, "usr.d"));
}

TEST(ImageListing, CoversAScopeThatAsksForNoMore) {
    const ImageListing listing = sample();
    Scope scope{
        .roots = {"usr/local"}, .kept = {"root/.local", "root/more"}, .excluded = {"**/a b"}};

    EXPECT_TRUE(covers(listing, scope));
    scope.kept = {};
    EXPECT_FALSE(covers(listing, scope)) << "what was kept then is not in it";
    scope.kept = {"root/.local"};
    scope.roots = {"usr", "etc"};
    EXPECT_FALSE(covers(listing, scope));
}

TEST(ImageListing, IsCompletedByALaterOneAndKeepsWhatItHas) {
    const ImageEntry changed_since{.path = "usr/a", .size = 2};
    ImageListing earlier{.fingerprint = "f",
                         .taken = "then",
                         .roots = {"usr"},
                         .passed_over = {"x", "y"},
                         .entries = {{.path = "usr"}, {.path = "usr/a", .size = 1}}};
    ImageListing later{.fingerprint = "f",
                       .taken = "now",
                       .roots = {"etc", "usr/local"},
                       .passed_over = {"y", "z"},
                       .entries = {{.path = "etc"}, {.path = "usr"}, changed_since}};

    EXPECT_EQ(both_of(earlier, later),
              (ImageListing{
                  .fingerprint = "f",
                  .taken = "now",
                  .roots = {"usr", "etc"},
                  .passed_over = {"y"},
                  .entries = {{.path = "etc"}, {.path = "usr"}, {.path = "usr/a", .size = 1}}}));
}

class KeptListing : public ShelfTest {};

TEST_F(KeptListing, IsTheLastThatWasWrittenOfAnImage) {
    ImageListing other = sample();
    other.taken = "later";

    ASSERT_TRUE(save_listing(shelf, sample()));
    EXPECT_EQ(load_listing(shelf, "5c1e09ab"), sample());
    ASSERT_TRUE(save_listing(shelf, other));
    EXPECT_EQ(load_listing(shelf, "5c1e09ab"), other);
    EXPECT_EQ(load_listing(shelf, "other").error().kind, ErrorKind::not_found);
    EXPECT_EQ(load_listing(shelf, "../refs").error().kind, ErrorKind::unsafe_path);
    other.fingerprint = "a/b";
    EXPECT_FALSE(save_listing(shelf, other));
    tree.file("storage/envkeep/images/6.zst", tree.content("storage/envkeep/images/5c1e09ab.zst"));
    EXPECT_FALSE(load_listing(shelf, "6"));
}

TEST_F(KeptListing, IsTakenForNoneIfMissingOrDamagedButNotIfItCannotBeRead) {
    EXPECT_EQ(kept_listing(shelf, "5c1e09ab").value(), std::nullopt);
    ASSERT_TRUE(save_listing(shelf, sample()));
    EXPECT_EQ(kept_listing(shelf, "5c1e09ab").value(), sample());

    for (const long call : {SYS_openat, SYS_pread64}) {
        testing::with_refused_calls({{.number = call, .code = ESTALE}}, [&] {
            const auto unreadable = kept_listing(shelf, "5c1e09ab");
            ASSERT_FALSE(unreadable.has_value()) << call;
            EXPECT_THAT(unreadable.error().hint,
                        ::testing::HasSubstr("run the same command again"));
        });
    }

    const std::string whole = tree.content("storage/envkeep/images/5c1e09ab.zst");
    for (const std::string& damaged : {whole.substr(0, whole.size() / 2), std::string("noise")}) {
        tree.file("storage/envkeep/images/5c1e09ab.zst", damaged);
        EXPECT_EQ(kept_listing(shelf, "5c1e09ab").value(), std::nullopt);
    }
}

TEST_F(KeptListing, IsThereWhenItsReplacementIsKilled) {
    using testing::Meddled;
    ImageListing other = sample();
    other.taken = "later";
    ASSERT_TRUE(save_listing(shelf, sample()));

    for (std::size_t call = 0;; ++call) {
        const Meddled end = testing::kill_at_changing_call(
            call, [&] { static_cast<void>(save_listing(shelf, other)); });
        const auto left = load_listing(shelf, "5c1e09ab");

        ASSERT_TRUE(left.has_value()) << "killed at call " << call << ": " << left.error().message;
        EXPECT_TRUE(*left == sample() || *left == other);
        if (end != Meddled::killed) {
            EXPECT_EQ(*left, other);
            break;
        }
    }
}

}  // namespace
}  // namespace envkeep::snapshot
