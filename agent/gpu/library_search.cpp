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

constexpr std::string_view variants_folder = "glibc-hwcaps/";

// Levels of x86-64 (its psABI), the best first, by the words of /proc/cpuinfo. LZCNT ("abm") is not
// asked for: Linux 6.18 on AMD does not name it, and no processor has BMI2 without it.
struct Level {
    std::string_view name;
    std::string_view flags;
};

constexpr std::array<Level, 3> processor_levels{{
    {"x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"},
    {"x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma movbe xsave"},
    {"x86-64-v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"},
}};

// Of the first processor.
std::vector<std::string_view> flags_in(std::string_view cpuinfo) {
    const std::size_t at = cpuinfo.find("\nflags");
    std::string_view line = cpuinfo.substr(std::min(at, cpuinfo.size()));
    line.remove_prefix(std::min<std::size_t>(1, line.size()));
    line = line.substr(0, line.find('\n'));
    return split(line.substr(std::min(line.find(':') + 1, line.size())), ' ');
}

// "glibc-hwcaps/x86-64-v3/" in "/usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1", else nothing.
std::string_view variant_in(std::string_view path) {
    const std::size_t name = path.rfind('/') + 1;
    const std::size_t at = path.rfind(variants_folder, name);
    const std::string_view folder =
        at == std::string_view::npos ? std::string_view() : path.substr(at, name - at);
    return std::ranges::count(folder, '/') == 2 ? folder : std::string_view();
}

struct CacheForm {
    std::size_t entries;  // where they begin
    std::size_t entry_size;
    std::size_t count;
    std::size_t strings;  // what their offsets count from
};

std::map<std::string, std::string> entries_of(std::string_view bytes, const CacheForm& form) {
    std::map<std::string, std::string> found;
    const bool has_variants = bytes.find(variants_folder) != std::string_view::npos;
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
            std::string key(has_variants ? variant_in(path) : std::string_view());
            // The first of a name counts. ldconfig writes them backwards.
            found.try_emplace(found.begin(), std::move(key.append(name)), path);
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

LibrarySearch::LibrarySearch(const system::Inspector& machine,
                             std::string_view ld_library_path,
                             std::string working_folder)
    : machine_(machine),
      working_folder_(std::move(working_folder)),
      cache_(
          parse_ld_cache(machine.read("/etc/ld.so.cache", largest_cache).value_or(std::string()))) {
    if (ld_library_path.empty()) {
        return;
    }
    // An empty part is the folder that the process is in.
    for (const std::string_view list : split(ld_library_path, ';')) {
        for (const std::string_view part : split(list, ':')) {
            std::string folder = absolute(std::string(part));
            if (!folder.empty() && variable_.size() < most_folders) {
                variable_.push_back(std::move(folder));
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
    const auto first = cache_.lower_bound(std::string(variants_folder));
    if (first != cache_.end() && first->first.starts_with(variants_folder)) {
        for (const std::string& variant : variants()) {
            const auto found = cache_.find(variant + '/' + soname);
            if (found != cache_.end() && real_path(found->second)) {
                return found->second;
            }
        }
    }
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
        for (const std::string& place : places_in(folder)) {
            const std::string path = place + '/' + soname;
            const Result<system::Node> node = machine_.node(path);
            if (!node || node->kind == system::Kind::absent) {
                continue;
            }
            const Result<std::string>& real = real_path(path);
            if (!real) {
                continue;
            }
            if (!ends_search(*real)) {
                continue;
            }
            return FoundLibrary{.path = path, .real = *real, .how = how, .because = folder};
        }
    }
    return std::nullopt;
}

bool LibrarySearch::ends_search(const std::string& real) const {
    const Result<Elf>& elf = this->elf(real);
    return elf ? elf->machine == x86_64_machine : !is_of_32_bits(machine_, real);
}

const std::vector<std::string>& LibrarySearch::places_in(const std::string& folder) const {
    const auto [at, is_new] = places_.try_emplace(folder);
    if (is_new) {
        const auto node = machine_.node(folder + "/glibc-hwcaps");
        if (node && node->kind == system::Kind::folder) {
            for (const std::string& variant : variants()) {
                at->second.push_back(folder + '/' + variant);
            }
        }
        at->second.push_back(folder);
    }
    return at->second;
}

const std::vector<std::string>& LibrarySearch::variants() const {
    if (!variants_) {
        constexpr std::uint64_t largest = std::uint64_t{8} << 20U;
        const std::string cpuinfo = machine_.read("/proc/cpuinfo", largest).value_or(std::string());
        const std::vector<std::string_view> flags = flags_in(cpuinfo);
        variants_.emplace();
        bool has_better = true;  // a level has all that those below it have
        for (auto level = processor_levels.rbegin(); level != processor_levels.rend() && has_better;
             ++level) {
            has_better = std::ranges::all_of(split(level->flags, ' '), [&](std::string_view flag) {
                return std::ranges::find(flags, flag) != flags.end();
            });
            if (has_better) {
                variants_->insert(variants_->begin(),
                                  std::string(variants_folder).append(level->name));
            }
        }
    }
    return *variants_;
}

std::string LibrarySearch::absolute(std::string folder) const {
    if (folder.starts_with('/')) {
        return folder;
    }
    return folder.empty() || working_folder_.empty() ? working_folder_
                                                     : working_folder_ + '/' + folder;
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
        if (folder = absolute(std::move(folder)); !folder.empty()) {
            all.push_back(std::move(folder));
        }
    }
    return all;
}

}  // namespace envkeep::gpu
