// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace envkeep::manifest {
namespace {

using namespace std::chrono_literals;

template <typename T, std::size_t Count>
std::optional<T> read_map(Reader& reader,
                          Value value,
                          std::string_view name,
                          const std::array<Field<T>, Count>& fields) {
    T settings;
    return read_fields<T>(reader, value, name, fields, settings)
               ? std::optional(std::move(settings))
               : std::nullopt;
}

std::optional<PackagePolicy> read_policy(Reader& reader, Value value, std::string_view name) {
    return read_choice(reader, value, name, policy_words);
}

constexpr auto packages_fields = std::to_array<Field<Packages>>({
    {"apt",
     [](Reader& reader, Value value, Packages& packages) {
         assign(packages.apt, read_policy(reader, value, "'apt'"));
     }},
    {"python",
     [](Reader& reader, Value value, Packages& packages) {
         assign(packages.python, read_policy(reader, value, "'python'"));
     }},
    {"conda",
     [](Reader& reader, Value value, Packages& packages) {
         assign(packages.conda, read_policy(reader, value, "'conda'"));
     }},
    {"npm",
     [](Reader& reader, Value value, Packages& packages) {
         assign(packages.npm, read_policy(reader, value, "'npm'"));
     }},
});

bool is_version(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos &&
           !text.starts_with('.') && !text.ends_with('.') &&
           text.find("..") == std::string_view::npos;
}

// ">=11.8" or ">=11.8,<13".
bool is_version_range(std::string_view text) {
    constexpr std::array<std::string_view, 5> operators{">=", "<=", "==", ">", "<"};
    for (const std::string_view part : split(text, ',')) {
        std::string_view version = trimmed(part);
        const auto* const found = std::ranges::find_if(
            operators, [&](std::string_view one) { return version.starts_with(one); });
        if (found == operators.end()) {
            return false;
        }
        version.remove_prefix(found->size());
        if (!is_version(trimmed(version))) {
            return false;
        }
    }
    return true;
}

void read_cuda(Reader& reader, Value value, Gpu& gpu) {
    const std::optional<std::string> text = read_as_written(reader, value, "'cuda'");
    if (!text) {
        return;
    }
    if (!is_version_range(*text)) {
        reader.report(value,
                      fmt::format("'cuda' cannot be {}", quoted(*text)),
                      is_version(*text) ? fmt::format("write \">={}\"", *text)
                                        : "write a version to compare with, such as \">=11.8\" "
                                          "or \">=11.8,<13\"");
        return;
    }
    gpu.cuda = *text;
}

Result<void> check_framework(std::string_view name) {
    const std::vector<std::string_view> known{"torch", "tensorflow", "jax"};
    if (std::ranges::find(known, name) == known.end()) {
        return failure(ErrorKind::invalid_manifest,
                       fmt::format("framework {} is not known", quoted(name)),
                       name == "pytorch" ? "did you mean 'torch'?"
                                         : suggestion(name, known, "those known are"));
    }
    return {};
}

// "16GiB".
void read_memory(Reader& reader, Value value, Gpu& gpu) {
    const std::optional<std::string> text = read_as_written(reader, value, "'memory'");
    if (!text) {
        return;
    }
    std::uint64_t number = 0;
    const char* const last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    const std::string_view unit = trimmed(std::string_view(end, last));
    constexpr std::uint64_t most = 1'000'000;
    if (error == std::errc{} && number >= 1 && number <= most && (unit == "GiB" || unit == "MiB")) {
        gpu.memory = number << (unit == "GiB" ? 30U : 20U);
        return;
    }
    reader.report(value,
                  fmt::format("'memory' cannot be {}", quoted(*text)),
                  error == std::errc{} && (unit.empty() || unit == "GB" || unit == "G")
                      ? fmt::format("write {}GiB", number)
                      : "write a whole number and GiB or MiB, such as 16GiB");
}

constexpr auto gpu_fields = std::to_array<Field<Gpu>>({
    {"expect",
     [](Reader& reader, Value value, Gpu& gpu) {
         assign(gpu.expect, read_choice(reader, value, "'expect'", expectation_words));
     }},
    {"cuda", read_cuda},
    {"frameworks",
     [](Reader& reader, Value value, Gpu& gpu) {
         assign(gpu.frameworks, read_texts(reader, value, "'frameworks'", check_framework));
     }},
    {"memory", read_memory},
    {"notebook_notice",
     [](Reader& reader, Value value, Gpu& gpu) {
         assign(gpu.notebook_notice, read_flag(reader, value, "'notebook_notice'"));
     }},
});

// An environment is looked for by its exact path: what the shell would make of it is not known.
Result<void> check_search_folder(std::string_view path) {
    ENVKEEP_TRY(const std::string normal, written_path(path));
    return is_pattern(normal) ? failure(ErrorKind::invalid_manifest,
                                        fmt::format("{} is a pattern", quoted(path)),
                                        "name each folder; environments in it and in its folders "
                                        "are found")
                              : Result<void>();
}

constexpr auto doctor_fields = std::to_array<Field<Doctor>>({
    {"search",
     [](Reader& reader, Value value, Doctor& doctor) {
         assign(doctor.search, read_texts(reader, value, "'search'", check_search_folder));
     }},
});

constexpr auto start_fields = std::to_array<Field<StartSettings>>({
    {"limit",
     [](Reader& reader, Value value, StartSettings& start) {
         start.limit = read_duration(
             reader,
             value,
             "'limit'",
             {.least = 1s,
              .most = 100s,
              .hint = "choose from 1s to 100s: a platform gives up on a notebook whose Jupyter "
                      "does not answer within 120 s"});
     }},
});

constexpr auto save_fields = std::to_array<Field<SaveSettings>>({
    {"every",
     [](Reader& reader, Value value, SaveSettings& save) {
         save.every = read_duration(
             reader,
             value,
             "'every'",
             {.least = 5s, .most = 24h, .hint = "choose from 5s to 24h; 'save: off' for never"});
     }},
});

constexpr auto backups_fields = std::to_array<Field<BackupSettings>>({
    {"limit",
     [](Reader& reader, Value value, BackupSettings& backups) {
         backups.limit_percent = read_percent(reader, value, "'limit'");
     }},
    {"expire",
     [](Reader& reader, Value value, BackupSettings& backups) {
         backups.expiry = read_duration(
             reader,
             value,
             "'expire'",
             {.least = 24h,
              .most = 24h * 3660,
              .hint = "choose from 1d to ten years; leave it out to keep them for good"});
     }},
});

Result<void> check_profile(std::string_view name) {
    constexpr std::size_t longest = 100;
    const bool is_sound =
        !name.empty() && name.size() <= longest && !name.starts_with('.') &&
        name.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
            std::string_view::npos;
    return is_sound ? Result<void>()
                    : failure(ErrorKind::invalid_manifest,
                              fmt::format("{} cannot name a profile", quoted(name)),
                              "use letters, digits, '.', '_' and '-', such as: fastai-a4000");
}

Result<void> check_included_folder(std::string_view path) {
    const bool is_sound = path.size() > 1 && path.starts_with('/') && !path.ends_with('/') &&
                          path.find("//") == std::string_view::npos &&
                          path.find("/../") == std::string_view::npos && !path.ends_with("/..");
    return is_sound ? Result<void>()
                    : failure(ErrorKind::invalid_manifest,
                              fmt::format("{} is no folder that can be included", quoted(path)),
                              "write it from the root on: /workspace/tools");
}

constexpr auto snapshot_fields = std::to_array<Field<SnapshotSettings>>({
    {"auto",
     [](Reader& reader, Value value, SnapshotSettings& snapshot) {
         snapshot.automatic = read_choice(reader, value, "'auto'", automatic_words);
     }},
    {"limit",
     [](Reader& reader, Value value, SnapshotSettings& snapshot) {
         snapshot.limit_percent = read_percent(reader, value, "'limit'");
     }},
    {"profile",
     [](Reader& reader, Value value, SnapshotSettings& snapshot) {
         snapshot.profile = read_text(reader, value, "'profile'");
         if (!snapshot.profile) {
             return;
         }
         if (const Result<void> sound = check_profile(*snapshot.profile); !sound) {
             reader.report(value, sound.error().message, sound.error().hint);
             snapshot.profile.reset();
         }
     }},
    {"include",
     [](Reader& reader, Value value, SnapshotSettings& snapshot) {
         snapshot.include = read_texts(reader, value, "'include'", check_included_folder);
     }},
    {"exclude",
     [](Reader& reader, Value value, SnapshotSettings& snapshot) {
         snapshot.exclude = read_texts(reader, value, "'exclude'");
     }},
});

}  // namespace

std::optional<Packages> read_packages(Reader& reader, Value value) {
    std::optional<Packages> packages = read_map(reader, value, "'packages'", packages_fields);
    if (packages) {
        packages->mark = reader.mark(value);
    }
    return packages;
}

std::optional<Gpu> read_gpu(Reader& reader, Value value) {
    std::optional<Gpu> gpu = read_map(reader, value, "'gpu'", gpu_fields);
    if (gpu) {
        gpu->mark = reader.mark(value);
    }
    return gpu;
}

std::optional<Doctor> read_doctor(Reader& reader, Value value) {
    std::optional<Doctor> doctor = read_map(reader, value, "'doctor'", doctor_fields);
    if (doctor) {
        doctor->mark = reader.mark(value);
    }
    return doctor;
}

std::optional<StartSettings> read_start(Reader& reader, Value value) {
    return read_map(reader, value, "'start'", start_fields);
}

std::optional<SaveSettings> read_save(Reader& reader, Value value) {
    if (!value.is_text()) {
        std::optional<SaveSettings> save = read_map(reader, value, "'save'", save_fields);
        if (save && !save->every) {
            reader.report(value, "'every' is missing", "write {every: 60s}, or 'save: off'");
            return std::nullopt;
        }
        return save;
    }
    if (value.text() == "off") {
        return SaveSettings{};
    }
    reader.report(value,
                  fmt::format("'save' cannot be {}", quoted(value.text())),
                  "write off, or {every: 60s}");
    return std::nullopt;
}

std::optional<BackupSettings> read_backups(Reader& reader, Value value) {
    return read_map(reader, value, "'backups'", backups_fields);
}

std::optional<SnapshotSettings> read_snapshot(Reader& reader, Value value) {
    return read_map(reader, value, "'snapshot'", snapshot_fields);
}

std::vector<KnownKeys> settings_keys() {
    return {{.schema_name = "packages", .keys = keys_of<Packages>(packages_fields)},
            {.schema_name = "snapshot", .keys = keys_of<SnapshotSettings>(snapshot_fields)},
            {.schema_name = "gpu", .keys = keys_of<Gpu>(gpu_fields)},
            {.schema_name = "doctor", .keys = keys_of<Doctor>(doctor_fields)},
            {.schema_name = "start", .keys = keys_of<StartSettings>(start_fields)},
            {.schema_name = "save", .keys = keys_of<SaveSettings>(save_fields)},
            {.schema_name = "backups", .keys = keys_of<BackupSettings>(backups_fields)}};
}

}  // namespace envkeep::manifest
