// SPDX-License-Identifier: MIT
#include "packages/taking.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::packages {

Spot Spot::child(std::string_view name) const {
    return {.shown = shown + '/' + std::string(name), .real = real + '/' + std::string(name)};
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::optional<system::Place> Taking::place_of(const std::string& real) const {
    if (!real.starts_with('/')) {
        return std::nullopt;
    }
    auto path = RelPath::parse(std::string_view(real).substr(1));
    return path ? std::optional(system::Place{.root = root_, .path = *std::move(path)})
                : std::nullopt;
}

std::optional<Spot> Taking::spot(const std::string& absolute) {
    if (!absolute.starts_with('/')) {
        return std::nullopt;
    }
    // One system call where there is no link on the way, and where nothing is.
    const auto place = place_of(absolute);
    const auto seen = place ? files_.look(*place) : failure(ErrorKind::unsafe_path, {});
    if (seen && seen->status.kind == system::Kind::folder) {
        return Spot{.shown = absolute, .real = absolute};
    }
    if (seen && seen->status.kind != system::Kind::link) {
        return std::nullopt;
    }
    auto real = files_.real_path(absolute);
    if (!real || status(*real).kind != system::Kind::folder) {
        return std::nullopt;
    }
    return Spot{.shown = absolute, .real = *std::move(real)};
}

std::vector<system::Entry> Taking::list(const std::string& real) {
    const auto place = place_of(real);
    return place ? files_.list(*place).value_or(std::vector<system::Entry>{})
                 : std::vector<system::Entry>{};
}

std::vector<std::string> Taking::folders_in(const std::string& real) {
    std::vector<std::string> names;
    for (system::Entry& entry : list(real)) {
        if (!entry.name.starts_with('.') &&
            (entry.kind == system::Kind::folder || entry.kind == system::Kind::link)) {
            names.push_back(std::move(entry.name));
        }
    }
    return names;
}

system::Status Taking::status(const std::string& real) {
    const auto place = place_of(real);
    return place ? files_.status(*place).value_or(system::Status{}) : system::Status{};
}

std::string Taking::head(const std::string& real, std::size_t count) {
    const auto place = place_of(real);
    return place ? files_.read_head(*place, count).value_or(std::string{}) : std::string{};
}

std::optional<std::string> Taking::read(const std::string& real,
                                        std::uint64_t limit,
                                        const Package& about) {
    const auto place = place_of(real);
    if (!place) {
        return std::nullopt;
    }
    auto text = files_.read_file(*place, limit);
    if (text) {
        return *std::move(text);
    }
    if (text.error().kind != ErrorKind::not_found) {
        const system::Status found = status(real);
        NoteKind kind = NoteKind::damaged;
        if (found.kind == system::Kind::link) {
            kind = NoteKind::link;
        } else if (found.size > limit) {
            kind = NoteKind::too_large;
        }
        note(kind, about, std::string(name_of(real)));
    }
    return std::nullopt;
}

std::string Taking::link_target(const std::string& real) {
    const auto place = place_of(real);
    return place ? files_.read_link(*place).value_or(std::string{}) : std::string{};
}

Origin Taking::origin_of(const std::string& metadata) {
    if (options_.is_of_session) {
        return options_.is_of_session(metadata) ? Origin::session : Origin::image;
    }
    if (!options_.watermark) {
        return Origin::unknown;
    }
    const system::Status found = status(metadata);
    if (found.kind == system::Kind::absent) {
        return Origin::unknown;
    }
    return found.changed >= *options_.watermark ? Origin::session : Origin::image;
}

std::optional<Origin> Taking::origin_of_all_in(const std::string& folder) {
    if (options_.is_of_session) {
        return std::nullopt;
    }
    if (!options_.watermark) {
        return Origin::unknown;
    }
    // Whoever adds, removes or renames in a folder changes the folder's own ctime.
    return status(folder).changed >= *options_.watermark ? std::nullopt
                                                         : std::optional(Origin::image);
}

void Taking::note(NoteKind kind, const Package& about, std::string detail) {
    inventory_.notes.push_back({.kind = kind,
                                .domain = about.domain,
                                .place = about.place,
                                .name = about.name,
                                .detail = std::move(detail)});
}

}  // namespace envkeep::packages
