// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/image_listing.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>

// Any bytes as the listing of an image. What is taken for one is sorted, every entry is found by
// its path, and its own text reads back as the same.
namespace envkeep::snapshot {
namespace {

using given::require;

void check(const ImageListing& listing) {
    for (const ImageEntry& entry : listing.entries) {
        require(find_entry(listing, entry.path) == &entry);
    }
    const auto again = parse_listing(listing_text(listing));
    require(again.has_value() && *again == listing);
}

}  // namespace
}  // namespace envkeep::snapshot

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::snapshot;
    const auto listing = parse_listing({reinterpret_cast<const char*>(data), size});
    if (listing) {
        check(*listing);
    } else {
        require(!listing.error().message.empty());
    }
    return 0;
}
