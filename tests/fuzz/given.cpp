// SPDX-License-Identifier: MIT
#include "fuzz/given.hpp"

#include "envkeep/core/text.hpp"

#include <cstdlib>

namespace envkeep::given {
namespace {

constexpr WallTime long_ago{std::chrono::hours{24 * 365 * 50}};

tl::unexpected<Error> none(const std::string& path) {
    return failure(ErrorKind::not_found, "there is no " + quoted(path));
}

tl::unexpected<Error> not_given() {
    return failure(ErrorKind::unsupported, "no fuzzer gives that");
}

std::string folder_text(const std::string& path) {
    return path.ends_with('/') ? path : path + '/';
}

// Whether any of these paths lies below the folder.
template <typename Value>
bool is_folder(const std::map<std::string, Value>& paths, const std::string& path) {
    const std::string folder = folder_text(path);
    const auto next = paths.lower_bound(folder);
    return next != paths.end() && next->first.starts_with(folder);
}

// Adds the names right below the folder.
template <typename Value>
void add_names(const std::map<std::string, Value>& paths,
               const std::string& path,
               system::Kind kind,
               std::map<std::string, system::Kind>& names) {
    const std::string folder = folder_text(path);
    for (auto at = paths.lower_bound(folder); at != paths.end() && at->first.starts_with(folder);
         ++at) {
        const std::string_view below = std::string_view(at->first).substr(folder.size());
        const std::string name(below.substr(0, below.find('/')));
        if (!name.empty() && name != "." && name != "..") {
            names[name] = name.size() == below.size() ? kind : system::Kind::folder;
        }
    }
}

std::vector<system::Entry> entries_of(const std::map<std::string, system::Kind>& names) {
    std::vector<system::Entry> entries;
    for (const auto& [name, kind] : names) {
        entries.push_back({.name = name, .kind = kind});
    }
    return entries;
}

}  // namespace

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::size_t take_choice(std::string_view& bytes, std::size_t count) {
    if (bytes.empty()) {
        return 0;
    }
    const auto choice = static_cast<unsigned char>(bytes.front() - '0');
    bytes.remove_prefix(1);
    return choice % count;
}

std::string_view take_part(std::string_view& bytes) {
    const std::size_t end = bytes.find('\0');
    const std::string_view part = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    return part;
}

bool is_sound_name(std::string_view name) {
    return RelPath::parse(name).has_value() ||
           (name.starts_with('/') && RelPath::parse(name.substr(1)).has_value());
}

Result<system::RootId> Files::open_root(const std::string& absolute) {
    for (std::size_t i = 0; i < roots_.size(); ++i) {
        if (roots_[i] == absolute) {
            return system::RootId{static_cast<std::uint16_t>(i)};
        }
    }
    roots_.push_back(absolute);
    return system::RootId{static_cast<std::uint16_t>(roots_.size() - 1)};
}

std::string Files::root_path(system::RootId root) const {
    return roots_.at(root.index);
}

system::Status Files::status_of(const std::string& path) const {
    const auto file = contents.find(path);
    system::Status status{.uid = 0, .device = 1, .inode = 1, .links = 1};
    if (file != contents.end()) {
        status.kind = system::Kind::file;
        status.mode = 0644;
        status.size = file->second.size();
    } else if (is_folder(contents, path)) {
        status.kind = system::Kind::folder;
        status.mode = 0755;
    } else {
        return {};
    }
    status.modified = long_ago;
    status.changed = long_ago;
    return status;
}

Result<system::Status> Files::status(const system::Place& place) {
    return status_of(absolute(place));
}

Result<system::Seen> Files::look(const system::Place& place) {
    return system::Seen{.status = status_of(absolute(place)), .target = {}};
}

Result<system::Status> Files::follow(const std::string& absolute) {
    return status_of(absolute);
}

Result<std::string> Files::real_path(const std::string& absolute) {
    if (status_of(absolute).kind == system::Kind::absent) {
        return none(absolute);
    }
    return absolute;
}

Result<std::string> Files::read_link(const system::Place& place) {
    return none(absolute(place));
}

Result<std::string> Files::read_file(const system::Place& place, std::uint64_t limit) {
    const auto file = contents.find(absolute(place));
    if (file == contents.end()) {
        return none(absolute(place));
    }
    if (file->second.size() > limit) {
        return failure(ErrorKind::unsupported, quoted(file->first) + " is too large");
    }
    return file->second;
}

Result<std::string> Files::read_head(const system::Place& place, std::size_t count) {
    const auto file = contents.find(absolute(place));
    if (file == contents.end()) {
        return none(absolute(place));
    }
    return file->second.substr(0, count);
}

Result<std::vector<system::Entry>> Files::list(const system::Place& place) {
    std::map<std::string, system::Kind> names;
    add_names(contents, absolute(place), system::Kind::file, names);
    if (names.empty()) {
        return none(absolute(place));
    }
    return entries_of(names);
}

Result<Digest> Files::digest(const system::Place& file) {
    const auto found = contents.find(absolute(file));
    if (found == contents.end()) {
        return none(absolute(file));
    }
    return digest_of(found->second);
}

Result<bool> Files::has_same_bytes(const system::Place& one, const system::Place& other) {
    return contents[absolute(one)] == contents[absolute(other)];
}

Result<system::Space> Files::space(system::RootId /*root*/) {
    return system::Space{};
}

Result<void> Files::make_folder(const system::Place& /*place*/, std::uint32_t /*mode*/) {
    return {};
}

Result<void> Files::make_folders(const system::Place& /*place*/, std::uint32_t /*mode*/) {
    return {};
}

Result<void> Files::make_link(const system::Place& /*place*/, const std::string& /*target*/) {
    return not_given();
}

Result<void> Files::make_hard_link(const system::Place& /*existing*/,
                                   const system::Place& /*place*/) {
    return not_given();
}

Result<void> Files::replace_link(const system::Place& /*place*/,
                                 const std::string& /*old_target*/,
                                 const std::string& /*new_target*/) {
    return not_given();
}

Result<void> Files::write_file(const system::Place& place,
                               std::string_view content,
                               std::uint32_t /*mode*/,
                               const std::optional<system::Status>& expected) {
    if (!expected && contents.contains(absolute(place))) {
        return failure(ErrorKind::already_exists, "it is there");
    }
    contents[absolute(place)] = content;
    return {};
}

Result<void> Files::overwrite_own_file(const system::Place& place,
                                       std::string_view content,
                                       std::uint32_t /*mode*/) {
    contents[absolute(place)] = content;
    return {};
}

Result<void> Files::append(const system::Place& place, std::string_view line) {
    contents[absolute(place)] += line;
    return {};
}

Result<system::CopyReport> Files::copy(const system::Place& /*from*/,
                                       const system::Place& /*to*/,
                                       const system::CopyOptions& /*options*/,
                                       const std::optional<system::Status>& /*replaced*/) {
    return not_given();
}

Result<void> Files::move(const system::Place& /*from*/, const system::Place& /*to*/) {
    return not_given();
}

Result<void> Files::exchange(const system::Place& /*one*/, const system::Place& /*other*/) {
    return not_given();
}

Result<void> Files::set_mode(const system::Place& /*place*/,
                             const system::Status& /*seen*/,
                             std::uint32_t /*mode*/) {
    return {};
}

Result<void> Files::remove_link(const system::Place& /*place*/, const std::string& /*target*/) {
    return not_given();
}

Result<void> Files::remove_file(const system::Place& place, const system::Status& /*seen*/) {
    contents.erase(absolute(place));
    return {};
}

Result<void> Files::remove_empty_folder(const system::Place& /*place*/) {
    return {};
}

void Files::name_temporaries_for(std::string_view /*run*/) {}

Result<void> Files::remove_own_tree(const system::Place& place) {
    const std::string tree = absolute(place);
    std::erase_if(contents, [&](const auto& one) {
        return one.first == tree || one.first.starts_with(tree + '/');
    });
    return {};
}

}  // namespace envkeep::given
