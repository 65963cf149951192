// SPDX-License-Identifier: MIT
#include "gpu/loading.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace envkeep::gpu {
namespace {

// What torch loads is some 50 files, with chains of 4.
constexpr std::size_t most_objects = 150;
constexpr std::size_t most_searches = 600;
constexpr std::size_t deepest_chain = 8;

// Of the C library, which the interpreter itself has loaded.
constexpr std::array<std::string_view, 8> always_there{"ld-linux-x86-64.so.2",
                                                       "libc.so.6",
                                                       "libdl.so.2",
                                                       "libm.so.6",
                                                       "libpthread.so.0",
                                                       "librt.so.1",
                                                       "libutil.so.1",
                                                       "libgcc_s.so.1"};

// Libraries of the toolkit and its wheels; the driver's are looked for elsewhere.
constexpr std::array<std::string_view, 13> of_cuda{"libcublas",
                                                   "libcudart.",
                                                   "libcudnn",
                                                   "libcufft",
                                                   "libcufile",
                                                   "libcupti.",
                                                   "libcurand.",
                                                   "libcusolver",
                                                   "libcusparse",
                                                   "libnccl.",
                                                   "libnvJitLink.",
                                                   "libnvToolsExt.",
                                                   "libnvrtc"};

bool is_of_cuda(std::string_view soname) {
    return std::ranges::any_of(
        of_cuda, [&](std::string_view beginning) { return soname.starts_with(beginning); });
}

bool needs(const Elf* elf, std::string_view soname) {
    return elf != nullptr && std::ranges::find(elf->needed, soname) != elf->needed.end();
}

}  // namespace

Loading::Loading(const LibrarySearch& search, const std::string& program) : search_(search) {
    if (const Result<Elf>& elf = search.elf(program)) {
        program_ = &*elf;
    }
}

bool Loading::open(const std::string& path) {
    const Result<std::string>& real = search_.real_path(path);
    if (!real || !search_.elf(*real)) {
        return false;
    }
    const Elf& elf = *search_.elf(*real);
    const std::string name = elf.soname.empty() ? path.substr(path.rfind('/') + 1) : elf.soname;
    if (!is_loaded(name)) {
        add(name, {.path = path, .real = *real, .how = FoundBy::path, .because = {}}, std::nullopt);
        load_needed();
    }
    return true;
}

bool Loading::open(const std::string& soname, std::string_view caller) {
    if (is_loaded(soname)) {
        return true;
    }
    const auto at = std::ranges::find(
        loaded_, caller, [](const LoadedLibrary& one) -> std::string_view { return one.soname; });
    if (at == loaded_.end()) {
        return false;
    }
    const auto index = static_cast<std::size_t>(at - loaded_.begin());
    auto found = find(soname, index);
    if (!found) {
        return false;
    }
    add(soname, *std::move(found), index);
    load_needed();
    return true;
}

bool Loading::is_loaded(const std::string& name) const {
    return library(name) != nullptr || std::ranges::any_of(objects_, [&](const Object& object) {
               return object.elf != nullptr && object.elf->soname == name;
           });
}

const LoadedLibrary* Loading::library(std::string_view soname) const {
    const auto found = std::ranges::find(loaded_, soname, &LoadedLibrary::soname);
    return found == loaded_.end() ? nullptr : &*found;
}

void Loading::add(std::string soname, FoundLibrary found, std::optional<std::size_t> loader) {
    if (objects_.size() == most_objects) {
        is_cut_short_ = true;
        return;
    }
    const bool is_same_file = std::ranges::any_of(
        loaded_, [&](const LoadedLibrary& one) { return one.found.real == found.real; });
    const Result<Elf>& elf = search_.elf(found.real);
    // A file that is there already gets one more name, and is not gone through again.
    objects_.push_back({.elf = elf && !is_same_file ? &*elf : nullptr, .loader = loader});
    LoadedLibrary library{.soname = std::move(soname), .found = std::move(found)};
    if (loader) {
        library.asked_by = loaded_[*loader].found.real;
        library.beside = beside(library.soname, library.found, *loader);
    }
    loaded_.push_back(std::move(library));
}

void Loading::load_needed() {
    for (; next_ < objects_.size(); ++next_) {
        const Elf* const elf = objects_[next_].elf;
        if (elf == nullptr) {
            continue;
        }
        for (const std::string& soname : elf->needed) {
            if (is_cut_short_) {
                return;  // nothing is added any more, and nothing is missing for sure
            }
            if (std::ranges::find(always_there, soname) != always_there.end() ||
                is_loaded(soname)) {
                continue;
            }
            if (auto found = find(soname, next_)) {
                add(soname, *std::move(found), next_);
            } else if (is_of_cuda(soname) && !is_cut_short_) {
                missing_.push_back({.soname = soname, .asked_by = elf->path});
            }
        }
    }
}

std::optional<FoundLibrary> Loading::find(const std::string& soname, std::size_t object) {
    if (searches_ == most_searches) {
        is_cut_short_ = true;
        return std::nullopt;
    }
    ++searches_;
    std::vector<const Elf*> chain;
    for (std::optional<std::size_t> at = object; at && chain.size() < deepest_chain;
         at = objects_[*at].loader) {
        if (objects_[*at].elf != nullptr) {
            chain.push_back(objects_[*at].elf);
        }
    }
    if (program_ != nullptr) {
        chain.push_back(program_);
    }
    return search_.find(soname, chain);
}

std::string Loading::beside(const std::string& soname,
                            const FoundLibrary& found,
                            std::size_t loader) const {
    const Elf* const asker = objects_[loader].elf;
    if (asker == nullptr || found.how == FoundBy::rpath || found.how == FoundBy::runpath) {
        return {};
    }
    const auto own = search_.in_runpath(soname, *asker);
    const std::string folder(folder_of(asker->path));
    if (!own && found.path.ends_with('/' + soname) &&
        search_.real_path(std::string(folder_of(found.path))).value_or("") == folder) {
        return {};  // that very file
    }
    const std::string path = own ? own->path : folder + '/' + soname;
    const Result<std::string>& real = search_.real_path(path);
    return real && *real != found.real ? path : std::string();
}

std::vector<MissingLibrary> Loading::missing() const {
    std::vector<MissingLibrary> still;
    for (const MissingLibrary& one : missing_) {
        const bool is_told =
            std::ranges::find(still, one.soname, &MissingLibrary::soname) != still.end();
        if (!is_told && !is_loaded(one.soname)) {
            still.push_back(one);
        }
    }
    return still;
}

std::vector<MissingSymbol> Loading::undefined() const {
    std::vector<MissingSymbol> all;
    const system::Inspector& machine = search_.machine();
    for (const LoadedLibrary& provider : loaded_) {
        const bool is_linker = provider.soname.starts_with("libnvJitLink.so.");
        if (!is_linker && provider.soname != "libstdc++.so.6") {
            continue;
        }
        const Result<Elf>& elf = search_.elf(provider.found.real);
        const auto offered = is_linker ? OfferedSymbols::read(machine, provider.found.real)
                                       : Result<OfferedSymbols>();
        // What cannot be read tells nothing.
        if (!elf || !offered || (!is_linker && elf->offered_cxx_versions.empty())) {
            continue;
        }
        // A hundred files ask for the same few versions.
        std::map<std::string, bool> known;
        const auto is_offered = [&](const std::string& name) {
            const auto [at, is_new] = known.try_emplace(name);
            if (is_new) {
                at->second = is_linker ? offered->has(name)
                                       : std::ranges::find(elf->offered_cxx_versions, name) !=
                                             elf->offered_cxx_versions.end();
            }
            return at->second;
        };
        for (const Object& object : objects_) {
            if (!needs(object.elf, provider.soname)) {
                continue;
            }
            const std::vector<std::string> wanted =
                is_linker
                    ? undefined_symbols(machine, object.elf->path, {"__nvJitLink", "nvJitLink"})
                    : object.elf->cxx_versions;
            for (const std::string& name : wanted) {
                if (!is_offered(name)) {
                    all.push_back({.name = name,
                                   .asked_by = object.elf->path,
                                   .provider = provider.found.real});
                    break;
                }
            }
        }
    }
    return all;
}

std::vector<std::string> Loading::executable_stack() const {
    std::vector<std::string> paths;
    for (const Object& object : objects_) {
        if (object.elf != nullptr && object.elf->wants_executable_stack) {
            paths.push_back(object.elf->path);
        }
    }
    return paths;
}

}  // namespace envkeep::gpu
