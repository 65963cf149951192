// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/unfinished.hpp"
#include "fuzz/given.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

// Any bytes as what a home remembers of its layer, as the part of one, as what a snapshot under way
// had done, and as a ref; the first byte says which. What is taken reads back as the same.
namespace envkeep::snapshot {
namespace {

using given::require;

class NoTrees final : public system::TreeReader {
  public:
    Result<std::shared_ptr<system::FolderReader>> read_folder(const system::Place&) override {
        return failure(ErrorKind::unsupported, "no folders");
    }

    Result<std::unique_ptr<system::OpenFile>> open_file(const system::Place&) override {
        return failure(ErrorKind::unsupported, "no files");
    }
};

struct Given {
    given::Files files;
    system::RootId home = *files.open_root("/root");
};

void check_state(Given& given, std::string_view text) {
    given.files.contents["/root/.envkeep-state/layer.json"] = text;
    const auto state = load_layer_state(given.home, given::Machine::here(), given.files);
    if (state) {
        require(save_layer_state(given.home, *state, given.files).has_value());
        require(load_layer_state(given.home, given::Machine::here(), given.files) == state);
    }
}

void check_part(Given& given, std::string_view text) {
    given.files.contents["/root/.envkeep-state/partly.layer"] = text;
    const auto part = load_part(given.home, given.files);
    require(part || !part.error().message.empty());
    if (part) {
        require(save_part(given.home, *part, given.files).has_value());
        const auto again = load_part(given.home, given.files);
        require(again && *again == *part);
    }
}

void check_unfinished(Given& given, std::string_view text) {
    given.files.contents["/root/.envkeep-state/unfinished"] = text;
    const auto packed = load_unfinished(given.home, given.files);
    if (packed) {
        require(save_unfinished(given.home, *packed, given.files).has_value());
        require(load_unfinished(given.home, given.files) == packed);
    }
}

// A ref, and what it names; the others of its profile are sound.
void check_ref(Given& given, std::string_view text) {
    NoTrees trees;
    const store::Store store{.base = *given.files.open_root("/storage"),
                             .root = *given.files.open_root("/storage/envkeep"),
                             .base_path = "/storage",
                             .path = "/storage/envkeep",
                             .id = "s",
                             .created = {}};
    const Shelf shelf{.store = store, .files = given.files, .reader = trees};
    given.files.contents["/storage/envkeep/refs/default/000001"] = "20261120T232459Z-8d6cf3f2a9\n";
    given.files.contents["/storage/envkeep/refs/default/000002"] = text;
    const auto newest = newest_ref(shelf, "default");
    require(newest.has_value() && newest->has_value());
    require((*newest)->number == 1 || given::is_sound_name((*newest)->snapshot));
    require((*newest)->snapshot.find('/') == std::string::npos && !(*newest)->snapshot.empty());
    const auto list = list_snapshots(shelf);
    require(list.has_value() && list->snapshots.empty() && list->refs.size() <= 2);
    require(!list->problems.empty());
}

using Check = void (*)(Given&, std::string_view);
constexpr std::array<Check, 4> checks{check_state, check_part, check_unfinished, check_ref};

}  // namespace
}  // namespace envkeep::snapshot

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    snapshot::Given given;
    snapshot::checks.at(given::take_choice(text, snapshot::checks.size()))(given, text);
    return 0;
}
