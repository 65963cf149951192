// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an image brought: `images/FINGERPRINT.zst` and `.lock.zst`, once for each image. What a
// session has removed is known by it.
namespace envkeep::snapshot {

struct ImageEntry {
    std::string path;                    // below "/"
    EntryKind kind = EntryKind::folder;  // a hard link is told as a file
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;  // of a file
    WallTime modified{};
    std::string target{};  // of a link

    friend bool operator==(const ImageEntry&, const ImageEntry&) = default;
};

struct ImageListing {
    std::string fingerprint;
    std::string taken;  // UTC text
    // Whoever took it looked below these folders, and passed over what it kept or excluded.
    std::vector<std::string> roots;
    std::vector<std::string> passed_over;
    std::vector<ImageEntry> entries;  // sorted as Layer::entries

    friend bool operator==(const ImageListing&, const ImageListing&) = default;
};

[[nodiscard]] std::string listing_text(const ImageListing& listing);
// io, naming the line.
[[nodiscard]] Result<ImageListing> parse_listing(std::string_view text);

// Whether all that the image has there is in the listing.
[[nodiscard]] bool covers(const ImageListing& listing, std::string_view path);
[[nodiscard]] bool covers(const ImageListing& listing, const Scope& scope);

// One that was taken earlier, of less, and what a later one adds: by then a session may have
// changed what the earlier one has.
[[nodiscard]] ImageListing both_of(ImageListing earlier, ImageListing later);

// Takes the place of one that is there.
[[nodiscard]] Result<void> save_listing(const Shelf& shelf, const ImageListing& listing);
// not_found where none was taken of that image yet.
[[nodiscard]] Result<ImageListing> load_listing(const Shelf& shelf, const std::string& fingerprint);
// None where there is nothing to lose by taking one anew: none was taken yet, or it is damaged.
// Fails where it cannot be read now.
[[nodiscard]] Result<std::optional<ImageListing>> kept_listing(const Shelf& shelf,
                                                               const std::string& fingerprint);

// What was installed in the image, as a lock: taken with the listing.
[[nodiscard]] Result<void> save_image_lock(const Shelf& shelf,
                                           const std::string& fingerprint,
                                           const std::string& text);
[[nodiscard]] Result<std::string> load_image_lock(const Shelf& shelf,
                                                  const std::string& fingerprint);

// nullptr where the image has nothing there.
[[nodiscard]] const ImageEntry* find_entry(const ImageListing& listing, const std::string& path);

}  // namespace envkeep::snapshot
