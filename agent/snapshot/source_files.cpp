// SPDX-License-Identifier: MIT
#include "snapshot/source_files.hpp"

#include <utility>

namespace envkeep::snapshot {

Result<std::unique_ptr<system::OpenFile>> SourceFiles::open(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view parent =
        std::string_view(path).substr(0, slash == std::string::npos ? 0 : slash);
    if (folder_ == nullptr || parent != folder_path_) {
        folder_.reset();
        ENVKEEP_TRY(const system::Place place, roots_.place_of(path));
        ENVKEEP_TRY(folder_, reader_.read_folder(place.parent()));
        folder_path_ = parent;
    }
    return folder_->open_file(slash == std::string::npos ? path : path.substr(slash + 1));
}

bool means_gone(const Error& error) {
    return error.kind == ErrorKind::not_found || error.kind == ErrorKind::unsafe_path ||
           error.kind == ErrorKind::unsupported;
}

bool is_unchanged(const system::Status& before, const system::Status& after) {
    return before.size == after.size && before.modified == after.modified &&
           before.changed == after.changed;
}

Result<system::Attributes> attributes_of(const system::Status& status, system::OpenFile& file) {
    ENVKEEP_TRY(std::vector<system::ExtendedAttribute> extended, file.extended());
    return system::Attributes{.mode = status.mode,
                              .uid = status.uid,
                              .gid = status.gid,
                              .modified = status.modified,
                              .extended = std::move(extended)};
}

Member failed_member(std::size_t entry, Error error) {
    Member member{.entry = entry,
                  .fate = means_gone(error) ? Member::Fate::gone : Member::Fate::unread};
    if (member.fate == Member::Fate::unread) {
        member.error = std::move(error);
    }
    return member;
}

}  // namespace envkeep::snapshot
