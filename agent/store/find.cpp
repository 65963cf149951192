// SPDX-License-Identifier: MIT
#include "envkeep/store/find.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

constexpr std::string_view home_hint = "name the home folder with --home DIR";
constexpr std::string_view store_hint =
    "name the persistent folder with --store DIR or in ENVKEEP_STORE";

std::string without_slashes_at_end(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return std::string(path);
}

Result<std::string> named_home(const std::string& given, system::FileReader& files) {
    if (!given.starts_with('/')) {
        return failure(ErrorKind::usage,
                       fmt::format("home {} is not an absolute path", quoted(given)),
                       std::string(home_hint));
    }
    ENVKEEP_TRY(const system::Status there, files.follow(given));
    if (there.kind != system::Kind::folder) {
        return failure(
            ErrorKind::usage,
            fmt::format("home {} {}",
                        quoted(given),
                        there.kind == system::Kind::absent ? "does not exist" : "is no folder"),
            std::string(home_hint));
    }
    return without_slashes_at_end(given);
}

// Why a folder cannot be the home; empty if it can.
std::string fault_of_home(const std::string& path,
                          const std::optional<std::uint32_t>& owner,
                          system::FileReader& files) {
    if (!path.starts_with('/')) {
        return "is not an absolute path";
    }
    const auto there = files.follow(path);
    if (!there) {
        return "cannot be looked at: " + there.error().message;
    }
    if (there->kind != system::Kind::folder) {
        return there->kind == system::Kind::absent ? "does not exist" : "is no folder";
    }
    if (owner && there->uid != *owner) {
        return fmt::format("belongs to uid {}, not to {}", there->uid, *owner);
    }
    return {};
}

// The path stands in links and start lines from now on, so `.` and `..` are taken out; what a `..`
// follows may be a link.
std::string without_dots(std::string_view path, system::FileReader& files) {
    std::string plain;
    for (const std::string_view part : split(path, '/')) {
        if (part == "..") {
            if (auto real = files.real_path(plain.empty() ? "/" : plain)) {
                plain = *std::move(real);
            }
            plain.resize(std::min(plain.size(), plain.rfind('/')));
        } else if (!part.empty() && part != ".") {
            plain.append("/").append(part);
        }
    }
    return plain.empty() ? "/" : plain;
}

Result<StoreChoice> named_store(std::string_view path,
                                std::string_view because,
                                system::FileReader& files) {
    if (!path.starts_with('/')) {
        return failure(ErrorKind::usage,
                       fmt::format("store {} ({}) is not an absolute path", quoted(path), because),
                       std::string(store_hint));
    }
    return StoreChoice{.base = without_dots(path, files), .because = std::string(because)};
}

// "/storage" for "/storage/envkeep/bin/envkeep", if a store is really there.
std::optional<std::string> base_above(std::string_view binary, system::FileReader& files) {
    const std::string inside = fmt::format("/{}/{}", names::folder, names::binary);
    if (!binary.ends_with(inside) || binary.size() == inside.size()) {
        return std::nullopt;
    }
    std::string base(binary.substr(0, binary.size() - inside.size()));
    const auto identity =
        files.follow(fmt::format("{}/{}/{}", base, names::folder, names::identity));
    if (!identity || identity->kind != system::Kind::file) {
        return std::nullopt;
    }
    return base;
}

}  // namespace

Result<std::string> find_home(const std::optional<std::string>& given,
                              const system::Machine& machine,
                              system::FileReader& files) {
    if (given) {
        return named_home(*given, files);
    }
    const std::uint32_t uid = machine.effective_uid();
    std::string reasons;
    if (const auto variable = machine.variable("HOME")) {
        const std::string fault = fault_of_home(*variable, uid, files);
        if (fault.empty()) {
            return without_slashes_at_end(*variable);
        }
        reasons = fmt::format("HOME {} {}", quoted(*variable), fault);
    } else {
        reasons = "HOME is not set";
    }
    if (const auto entry = machine.passwd_home(uid)) {
        const std::string fault = fault_of_home(*entry, std::nullopt, files);
        if (fault.empty()) {
            return without_slashes_at_end(*entry);
        }
        reasons += fmt::format("; {} of /etc/passwd {}", quoted(*entry), fault);
    } else {
        reasons += fmt::format("; /etc/passwd has no entry for uid {}", uid);
    }
    return failure(
        ErrorKind::usage, "cannot find the home folder: " + reasons, std::string(home_hint));
}

Result<StoreChoice> choose_store(const std::optional<std::string>& given,
                                 const std::optional<std::string>& own_binary,
                                 const system::Machine& machine,
                                 system::FileReader& files) {
    if (given) {
        return named_store(*given, "--store", files);
    }
    if (const auto variable = machine.variable("ENVKEEP_STORE"); variable && !variable->empty()) {
        return named_store(*variable, "ENVKEEP_STORE", files);
    }
    if (own_binary) {
        if (auto base = base_above(*own_binary, files)) {
            return StoreChoice{.base = *std::move(base), .because = "the binary lies in it"};
        }
    }
    Platform platform = recognise_platform(machine);
    if (platform.store.empty()) {
        return failure(ErrorKind::store_missing,
                       "no store found: " + platform.because,
                       std::string(store_hint));
    }
    return StoreChoice{.base = std::move(platform.store),
                       .because = fmt::format("{}: {}", platform.name, platform.because),
                       .must_be_mounted = platform.advice.is_mount};
}

}  // namespace envkeep::store
