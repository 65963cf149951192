// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>

// Any bytes as the text of a layer. What is taken for one keeps all that Layer promises, and its
// own text reads back as the same.
namespace envkeep::snapshot {
namespace {

using given::require;

void check_entry(const Layer& layer, const Entry& entry) {
    const Roots roots{.machine = {.index = 0}, .home = {.index = 1}, .home_then = "root"};
    const auto place = roots.place_of(entry.path);
    require(place.has_value());
    require(entry.group < layer.groups.size());
    require(entry.size == 0 || entry.location.pack < layer.packs.size());
    require(entry.attributes.mode <= 07777U);
}

void check(const Layer& layer) {
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        check_entry(layer, layer.entries[i]);
        require(i == 0 || comes_before(layer.entries[i - 1].path, layer.entries[i].path));
    }
    for (std::size_t i = 0; i < layer.deletions.size(); ++i) {
        require(layer.deletions[i].group < layer.groups.size());
        require(i == 0 || comes_before(layer.deletions[i - 1].path, layer.deletions[i].path));
    }
    const auto again = parse_layer(layer_text(layer));
    require(again.has_value() && *again == layer);
    require(digests_of(*again) == digests_of(layer));
}

}  // namespace
}  // namespace envkeep::snapshot

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::snapshot;
    const auto layer = parse_layer({reinterpret_cast<const char*>(data), size});
    if (layer) {
        check(*layer);
    } else {
        require(!layer.error().message.empty());
    }
    return 0;
}
