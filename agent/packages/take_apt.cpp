// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_database = std::uint64_t{128} << 20U;
constexpr std::string_view dpkg_folder = "/var/lib/dpkg";

struct Stanza {
    std::string_view name;
    std::string_view version;
    std::string_view architecture;
    std::string_view status;
    std::string_view automatic;
};

void take_line(Stanza& stanza, std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return;
    }
    const std::string_view field = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (field == "Package") {
        stanza.name = value;
    } else if (field == "Version") {
        stanza.version = value;
    } else if (field == "Architecture") {
        stanza.architecture = value;
    } else if (field == "Status") {
        stanza.status = value;
    } else if (field == "Auto-Installed") {
        stanza.automatic = value;
    }
}

// Lines that go on a field begin with a space, which no field of ours does.
template <typename Each>
void each_stanza(std::string_view text, const Each& each) {
    Stanza stanza;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            if (line.front() != ' ' && line.front() != '\t') {
                take_line(stanza, line);
            }
        } else {
            each(stanza);
            stanza = {};
        }
    }
    each(stanza);
}

std::string native_architecture(std::string_view status) {
    std::string found;
    each_stanza(status, [&](const Stanza& stanza) {
        if (stanza.name == "dpkg") {
            found = stanza.architecture;
        }
    });
    return found;
}

using Automatic = std::set<std::pair<std::string_view, std::string_view>>;

Automatic automatic_in(std::string_view extended) {
    Automatic names;
    each_stanza(extended, [&](const Stanza& stanza) {
        if (stanza.automatic == "1") {
            names.emplace(stanza.name, stanza.architecture);
        }
    });
    return names;
}

// Packages of architecture "all" stand in extended_states under the native one.
bool is_automatic(const Automatic& automatic, const Stanza& stanza, std::string_view native) {
    return automatic.contains({stanza.name, stanza.architecture}) ||
           (stanza.architecture == "all" && automatic.contains({stanza.name, native}));
}

struct State {
    bool is_there = false;
    bool is_half = false;
    bool is_held = false;
    std::string word;
};

State state_of(std::string_view status) {
    if (status.empty()) {
        return {.is_there = true, .word = "installed"};  // status.d of images without dpkg
    }
    const std::vector<std::string_view> words = split(status, ' ');
    if (words.size() != 3) {
        return {.is_there = true, .is_half = true, .word = std::string(status)};
    }
    constexpr std::array<std::string_view, 3> half{"half-installed", "unpacked", "half-configured"};
    const std::string_view word = words[2];
    const bool is_half = std::ranges::find(half, word) != half.end() || words[1] != "ok";
    return {.is_there = word != "config-files" && word != "not-installed",
            .is_half = is_half,
            .is_held = words[0] == "hold",
            .word = std::string(word)};
}

}  // namespace

AptPackages parse_dpkg_status(std::string_view status, std::string_view extended) {
    AptPackages out;
    const std::string native = native_architecture(status);
    const Automatic automatic = automatic_in(extended);
    each_stanza(status, [&](const Stanza& stanza) {
        const State state = state_of(stanza.status);
        if (stanza.name.empty() || !state.is_there) {
            return;
        }
        const bool is_foreign = !native.empty() && stanza.architecture != native &&
                                stanza.architecture != "all" && !stanza.architecture.empty();
        Package package{.domain = Domain::apt, .name = std::string(stanza.name)};
        if (is_foreign) {
            package.name += ':' + std::string(stanza.architecture);
        }
        package.version = stanza.version;
        package.build = stanza.architecture;
        package.is_held = state.is_held;
        package.asked =
            is_automatic(automatic, stanza, native) ? Asked::brought_along : Asked::asked_for;
        if (state.is_half) {
            out.notes.push_back({.kind = NoteKind::half_installed,
                                 .domain = Domain::apt,
                                 .name = package.name,
                                 .detail = state.word});
        } else if (stanza.version.empty()) {
            out.notes.push_back({.kind = NoteKind::damaged,
                                 .domain = Domain::apt,
                                 .name = package.name,
                                 .detail = "no version"});
        }
        out.packages.push_back(std::move(package));
    });
    return out;
}

namespace {

std::string list_of(const std::string& info, const Package& package, Taking& taking) {
    std::string plain = info + '/' + package.name + ".list";
    if (taking.status(plain).kind != system::Kind::absent) {
        return plain;
    }
    const std::string name = package.name.substr(0, package.name.find(':'));
    return info + '/' + name + ':' + package.build + ".list";
}

void set_origins(AptPackages& found, const std::string& folder, Taking& taking) {
    // dpkg replaces `status` at every change: where it is the image's, so are all packages.
    const bool may_ask_once = !taking.options().is_of_session;
    const Origin all = taking.origin_of(folder + "/status");
    for (Package& package : found.packages) {
        package.origin = may_ask_once && all != Origin::session
                             ? all
                             : taking.origin_of(list_of(folder + "/info", package, taking));
    }
}

}  // namespace

void take_apt(Taking& taking) {
    const auto folder = taking.spot(std::string(dpkg_folder));
    if (!folder) {
        return;
    }
    const Package about{.domain = Domain::apt, .name = "status"};
    std::string status =
        taking.read(folder->real + "/status", largest_database, about).value_or(std::string{});
    for (const system::Entry& entry : taking.list(folder->real + "/status.d")) {
        if (entry.kind == system::Kind::file && !entry.name.ends_with(".md5sums")) {
            status +=
                '\n' + taking.read(folder->real + "/status.d/" + entry.name, largest_database, about)
                           .value_or(std::string{});
            status += '\n';
        }
    }
    std::string extended;
    if (const auto apt = taking.spot("/var/lib/apt")) {
        extended = taking.read(apt->real + "/extended_states", largest_database, about)
                       .value_or(std::string{});
    }
    AptPackages found = parse_dpkg_status(status, extended);
    set_origins(found, folder->real, taking);
    std::ranges::move(found.packages, std::back_inserter(taking.inventory().packages));
    std::ranges::move(found.notes, std::back_inserter(taking.inventory().notes));
}

}  // namespace envkeep::packages
