// SPDX-License-Identifier: MIT
#include "gpu/library_search.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::size_t most_folders = 200;
constexpr std::uint64_t largest_cache = std::uint64_t{32} << 20U;
constexpr std::uint32_t x86_64_library = 0x0303;  // FLAG_X8664_LIB64 and FLAG_ELF_LIBC6
constexpr std::uint16_t x86_64_machine = 62;

constexpr std::string_view old_magic = "ld.so-1.7.0";
constexpr std::string_view new_magic = "glibc-ld.so.cache1.1";
constexpr std::size_t old_header = 16;
constexpr std::size_t old_entry = 12;
constexpr std::size_t new_header = 48;
constexpr std::size_t new_entry = 24;

// Debian's loader, then that of others.
constexpr std::array<std::string_view, 6> default_folders{"/lib/x86_64-linux-gnu",
                                                          "/usr/lib/x86_64-linux-gnu",
                                                          "/lib64",
                                                          "/usr/lib64",
                                                          "/lib",
                                                          "/usr/lib"};

struct CacheForm {
    std::size_t entries;  // where they begin
    std::size_t entry_size;
    std::size_t count;
    std::size_t strings;  // what their offsets count from
};

std::map<std::string, std::string> entries_of(std::string_view bytes, const CacheForm& form) {
    std::map<std::string, std::string> found;
    for (std::size_t i = 0; i < form.count; ++i) {
        const std::size_t at = form.entries + i * form.entry_size;
        if (at + form.entry_size > bytes.size()) {
            break;
        }
        const std::string_view name =
            string_at(bytes, form.strings + number_at<std::uint32_t>(bytes, at + 4));
        const std::string_view path =
            string_at(bytes, form.strings + number_at<std::uint32_t>(bytes, at + 8));
        if (number_at<std::uint32_t>(bytes, at) == x86_64_library && !name.empty() &&
            !path.empty()) {
            found.emplace(name, path);  // the first of a name counts
        }
    }
    return found;
}

}  // namespace

std::map<std::string, std::string> parse_ld_cache(std::string_view bytes) {
    std::size_t begin = 0;
    if (bytes.starts_with(old_magic)) {
        const std::size_t count = number_at<std::uint32_t>(bytes, 12);
        const std::size_t end = old_header + count * old_entry;
        begin = (end + 7) / 8 * 8;
        if (end > bytes.size() ||
            !bytes.substr(std::min(begin, bytes.size())).starts_with(new_magic)) {
            return entries_of(bytes,
                              {.entries = old_header,
                               .entry_size = old_entry,
                               .count = std::min(count, bytes.size() / old_entry),
                               .strings = end});
        }
    } else if (!bytes.starts_with(new_magic)) {
        return {};
    }
    const std::string_view cache = bytes.substr(begin);
    return entries_of(
        cache,
        {.entries = new_header,
         .entry_size = new_entry,
         .count = std::min<std::size_t>(number_at<std::uint32_t>(cache, new_magic.size()),
                                        cache.size() / new_entry),
         .strings = 0});
}

std::string_view word_of(FoundBy how) {
    switch (how) {
        case FoundBy::rpath:
            return "rpath";
        case FoundBy::variable:
            return "LD_LIBRARY_PATH";
        case FoundBy::runpath:
            return "runpath";
        case FoundBy::cache:
            return "ld.so.cache";
        case FoundBy::path:
            return "its path";
        case FoundBy::default_folder:
            break;
    }
    return "default folder";
}

LibrarySearch::LibrarySearch(const system::Inspector& machine, std::string_view ld_library_path)
    : machine_(machine),
      cache_(
          parse_ld_cache(machine.read("/etc/ld.so.cache", largest_cache).value_or(std::string()))) {
    // An empty part is the folder that the process is in, which tells nothing here.
    for (const std::string_view list : split(ld_library_path, ';')) {
        for (const std::string_view folder : split(list, ':')) {
            if (folder.starts_with('/') && variable_.size() < most_folders) {
                variable_.emplace_back(folder);
            }
        }
    }
}

std::optional<FoundLibrary> LibrarySearch::find(const std::string& soname,
                                                const std::vector<const Elf*>& loaders) const {
    if (!loaders.empty() && loaders.front()->runpath.empty()) {
        for (const Elf* const loader : loaders) {
            if (auto found =
                    loader->runpath.empty()
                        ? in_folders(expanded(loader->rpath, *loader), soname, FoundBy::rpath)
                        : std::nullopt) {
                return found;
            }
        }
    }
    if (auto found = in_folders(variable_, soname, FoundBy::variable)) {
        return found;
    }
    if (!loaders.empty()) {
        if (auto found = in_runpath(soname, *loaders.front())) {
            return found;
        }
    }
    if (const auto path = in_cache(soname)) {
        return FoundLibrary{.path = *path,
                            .real = real_path(*path).value_or(*path),
                            .how = FoundBy::cache,
                            .because = "/etc/ld.so.cache"};
    }
    return in_folders(
        {default_folders.begin(), default_folders.end()}, soname, FoundBy::default_folder);
}

std::optional<FoundLibrary> LibrarySearch::in_runpath(const std::string& soname,
                                                      const Elf& object) const {
    return in_folders(expanded(object.runpath, object), soname, FoundBy::runpath);
}

std::optional<std::string> LibrarySearch::in_cache(const std::string& soname) const {
    const auto found = cache_.find(soname);
    if (found == cache_.end() || !real_path(found->second)) {
        return std::nullopt;
    }
    return found->second;
}

std::optional<std::string> LibrarySearch::in_default_folder(const std::string& soname) const {
    const auto found = in_folders(
        {default_folders.begin(), default_folders.end()}, soname, FoundBy::default_folder);
    return found ? std::optional(found->path) : std::nullopt;
}

std::optional<FoundLibrary> LibrarySearch::in_folders(const std::vector<std::string>& folders,
                                                      const std::string& soname,
                                                      FoundBy how) const {
    for (const std::string& folder : folders) {
        const std::string path = folder + '/' + soname;
        const Result<system::Node> node = machine_.node(path);
        if (!node || node->kind == system::Kind::absent) {
            continue;
        }
        const Result<std::string>& real = real_path(path);
        if (!real) {
            continue;
        }
        // Of another machine: the loader goes on. What it cannot read at all ends its search.
        const Result<Elf>& elf = this->elf(*real);
        if (elf && elf->machine != x86_64_machine) {
            continue;
        }
        return FoundLibrary{.path = path, .real = *real, .how = how, .because = folder};
    }
    return std::nullopt;
}

const Result<Elf>& LibrarySearch::elf(const std::string& real) const {
    const auto known = read_.find(real);
    return known != read_.end() ? known->second
                                : read_.emplace(real, read_elf(machine_, real)).first->second;
}

const Result<std::string>& LibrarySearch::real_path(const std::string& path) const {
    const auto known = real_.find(path);
    return known != real_.end() ? known->second
                                : real_.emplace(path, machine_.real_path(path)).first->second;
}

std::vector<std::string> LibrarySearch::expanded(const std::vector<std::string>& folders,
                                                 const Elf& object) const {
    if (folders.empty()) {
        return {};
    }
    const std::string own = real_path(object.path).value_or(object.path);
    const std::string origin = own.substr(0, own.rfind('/'));
    std::vector<std::string> all;
    for (std::string folder : folders) {
        for (const std::string_view variable : {"${ORIGIN}", "$ORIGIN"}) {
            for (std::size_t at = folder.find(variable); at != std::string::npos;
                 at = folder.find(variable, at + origin.size())) {
                folder.replace(at, variable.size(), origin);
            }
        }
        all.push_back(std::move(folder));
    }
    return all;
}

}  // namespace envkeep::gpu
