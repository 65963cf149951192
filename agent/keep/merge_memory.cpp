// SPDX-License-Identifier: MIT
#include "keep/merge_memory.hpp"

#include "envkeep/store/layout.hpp"

namespace envkeep::keep {

using system::Place;

bool is_database(std::string_view head) {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    return head.starts_with(magic);
}

std::optional<std::string> MergeMemory::known(const Place& place) {
    Result<std::string> text = files_.read_file(file_for(place, ".known"), largest_history);
    return text ? std::optional(*std::move(text)) : std::nullopt;
}

bool MergeMemory::is_known(const Place& place) {
    const auto status = files_.status(file_for(place, ".known"));
    return status && status->kind == system::Kind::file;
}

void MergeMemory::remember(const Place& place, std::string_view text) {
    if (!make_folder()) {
        return;
    }
    static_cast<void>(writer_.overwrite_own_file(file_for(place, ".known"), text, 0600));
}

void MergeMemory::remember_content_of(const Place& place, const Place& source) {
    const Result<std::string> text = files_.read_file(source, largest_history);
    if (text && !is_database(*text)) {
        remember(place, *text);
    }
}

Place MergeMemory::prepared(const Place& place) const {
    return file_for(place, ".united");
}

Result<void> MergeMemory::make_folder() {
    return writer_.make_folders(prepared({}).parent(), 0700);
}

Place MergeMemory::file_for(const Place& place, std::string_view ending) const {
    constexpr std::size_t length = 16;
    const std::string name = digest_of(files_.absolute(place)).text().substr(0, length);
    return Place{.root = home_, .path = {}}
        .child(store::names::state)
        .child("merge")
        .child(name + std::string(ending));
}

}  // namespace envkeep::keep
