// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"
#include "manifest/fields.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The parts of a manifest, each read from its YAML value. A reader that finds anything wrong has
// reported it and gives none.
namespace envkeep::manifest {

[[nodiscard]] std::optional<Condition> read_condition(Reader& reader, Value value);
[[nodiscard]] std::optional<Keep> read_keep(Reader& reader, Value value);
[[nodiscard]] std::vector<ModeRule> read_modes(Reader& reader, Value value);
[[nodiscard]] std::vector<Variable> read_environment(Reader& reader, Value value);
[[nodiscard]] std::optional<Dotfiles> read_dotfiles(Reader& reader, Value value);
[[nodiscard]] std::optional<Repository> read_repository(Reader& reader, Value value);
[[nodiscard]] std::optional<std::string> read_known_host(Reader& reader, Value value);
[[nodiscard]] std::optional<Packages> read_packages(Reader& reader, Value value);
[[nodiscard]] std::optional<Gpu> read_gpu(Reader& reader, Value value);
[[nodiscard]] std::optional<Doctor> read_doctor(Reader& reader, Value value);

struct StartSettings {
    std::optional<std::chrono::milliseconds> limit;
};

struct SaveSettings {
    std::optional<std::chrono::milliseconds> every;  // none: off
};

struct BackupSettings {
    std::optional<std::uint32_t> limit_percent;
    std::optional<std::chrono::milliseconds> expiry;
};

// What was said of snapshots; the rest stays as it is without.
struct SnapshotSettings {
    std::optional<AutoSnapshot> automatic;
    std::optional<std::uint32_t> limit_percent;
    std::optional<std::string> profile;
    std::optional<std::vector<std::string>> include;
    std::optional<std::vector<std::string>> exclude;
};

[[nodiscard]] std::optional<StartSettings> read_start(Reader& reader, Value value);
[[nodiscard]] std::optional<SaveSettings> read_save(Reader& reader, Value value);
[[nodiscard]] std::optional<BackupSettings> read_backups(Reader& reader, Value value);
[[nodiscard]] std::optional<SnapshotSettings> read_snapshot(Reader& reader, Value value);

// The path if it is sound by `check`, as it was written.
using PathCheck = Result<void> (*)(std::string_view normal);
[[nodiscard]] std::optional<std::string> read_path(Reader& reader,
                                                   Value value,
                                                   std::string_view name,
                                                   PathCheck check);

// Adds what `value`, one entry or a list, holds to a list, or reports what is wrong with it.
template <typename T>
std::optional<std::vector<T>> read_each(Reader& reader,
                                        Value list,
                                        std::string_view name,
                                        std::optional<T> (*read_one)(Reader&, Value)) {
    if (!is_sound(reader, list, NodeKind::list, name)) {
        return std::nullopt;
    }
    std::vector<T> entries;
    list.for_each([&](Value value) {
        if (std::optional<T> entry = read_one(reader, value)) {
            entries.push_back(*std::move(entry));
        }
    });
    return entries;
}

[[nodiscard]] std::optional<Push> read_push(Reader& reader, Value value);

// The keys that are read, by the name that the schema has for each kind of map.
struct KnownKeys {
    std::string_view schema_name;
    std::vector<std::string_view> keys;
};

[[nodiscard]] KnownKeys condition_keys();
[[nodiscard]] KnownKeys keep_keys();
[[nodiscard]] KnownKeys variable_keys();
[[nodiscard]] std::vector<KnownKeys> git_keys();
[[nodiscard]] std::vector<KnownKeys> settings_keys();
[[nodiscard]] KnownKeys manifest_keys();
[[nodiscard]] std::vector<KnownKeys> known_keys();

}  // namespace envkeep::manifest
