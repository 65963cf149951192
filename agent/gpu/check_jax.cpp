// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

// jax: whether it has what brings CUDA to it, of one version, and for this machine.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::Distribution;

// Of jax: what brings CUDA, by its major version.
std::vector<const Distribution*> jax_plugins(const NotebookPython& notebook) {
    std::vector<const Distribution*> plugins;
    for (const Distribution& one : notebook.distributions) {
        if (one.name.starts_with("jax-cuda") &&
            (one.name.ends_with("-plugin") || one.name.ends_with("-pjrt"))) {
            plugins.push_back(&one);
        }
    }
    return plugins;
}

// "cuda12" or "cuda13", which both driver and cards take; empty if neither is known to.
std::string jax_extra(const Facts& facts, const CompatData& data) {
    const auto driver = facts.driver.version();
    const auto card = weakest_card(facts, data);
    if (!driver) {
        return {};
    }
    constexpr Capability turing{.major = 7, .minor = 5};
    const auto least = data.least_driver(*Version::parse("13.0"));
    if (least && *driver >= *least && card && card->capability >= turing) {
        return "cuda13";
    }
    const auto older = data.least_driver(*Version::parse("12.0"));
    return older && *driver >= *older ? "cuda12" : std::string();
}

bool is_conda_build_for_cuda(const NotebookPython& notebook) {
    return std::ranges::any_of(notebook.distributions, [](const Distribution& one) {
        return one.name == "jaxlib" && one.build.find("cuda") != std::string::npos;
    });
}

std::optional<Finding> jax_cpu_only(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& data) {
    const Framework* const jaxlib = in_notebook(facts, notebook, "jaxlib");
    if (jaxlib == nullptr || !jaxlib->installed || !jax_plugins(notebook).empty() ||
        jaxlib->version.find("cuda") != std::string::npos ||
        jaxlib->installed->version.find("cuda") != std::string::npos ||
        is_conda_build_for_cuda(notebook)) {
        return std::nullopt;
    }
    const std::string extra = jax_extra(facts, data);
    const Framework* const jax = notebook.framework("jax");
    Finding finding{
        .severity = has_cuda_torch(notebook) ? Severity::info : Severity::error,
        .title = "the notebook's jax has no plugin for CUDA",
        .evidence = {shown(*jaxlib), "no jax-cuda12-plugin and no jax-cuda13-plugin beside it"},
        .fix = {.text = {}}};
    if (extra.empty()) {
        finding.fix.text = "no jax of today works with this driver on the card";
    } else {
        finding.fix.text = finding.severity == Severity::info ? "if you want it on the card:" : "";
        finding.fix.commands.push_back(conda_package_of(notebook, *jaxlib) != nullptr
                                           ? conda_install_for_cuda(facts, notebook, data, "jaxlib")
                                           : pip_install(notebook,
                                                         {"-U", "jax[" + extra + "]"},
                                                         jax == nullptr ? jaxlib : jax));
    }
    return finding;
}

// "<=0.7.1,>=0.7.1"; null if jax asks for no jaxlib, or for any.
const python::Requirement* jaxlib_of(const Framework& jax) {
    const auto found = std::ranges::find_if(jax.requirements, [](const python::Requirement& one) {
        return one.name == "jaxlib" && one.marker.empty();
    });
    return found == jax.requirements.end() ? nullptr : &*found;
}

// A plugin of another version than jaxlib's is left out; a jaxlib newer than jax is refused, and so
// is one older than jax asks for.
std::optional<Finding> jax_skew(const Facts& facts,
                                const NotebookPython& notebook,
                                const CompatData& data) {
    const Framework* const jax = in_notebook(facts, notebook, "jax");
    const Framework* const jaxlib = in_notebook(facts, notebook, "jaxlib");
    const auto jaxs = jax == nullptr ? std::nullopt : Version::parse(jax->version);
    const auto jaxlibs = jaxlib == nullptr ? std::nullopt : Version::parse(jaxlib->version);
    if (!jaxs || !jaxlibs) {
        return std::nullopt;
    }
    Finding finding{.severity = harm_beside_torch(facts, notebook, data),
                    .title = "jax, jaxlib and the plugin for CUDA are not of one version",
                    .evidence = {shown(*jax), shown(*jaxlib)},
                    .fix = {.text = {}}};
    bool is_skew = *jaxlibs > *jaxs;
    const python::Requirement* const asked = jaxlib_of(*jax);
    if (asked != nullptr && breaks(*asked, *jaxlibs)) {
        is_skew = true;
        finding.evidence.front() += ", which asks for jaxlib " + asked->specifier;
    }
    std::string extra;
    for (const Distribution* const plugin : jax_plugins(notebook)) {
        const auto version = Version::parse(plugin->version);
        extra = plugin->name.substr(4, plugin->name.find('-', 4) - 4);
        if (version && *version != *jaxlibs) {
            is_skew = true;
            finding.evidence.push_back(installed_at(*plugin));
        }
    }
    if (!is_skew) {
        return std::nullopt;
    }
    finding.fix.commands.push_back(pip_install(
        notebook,
        {"-U", fmt::format("jax{}=={}", extra.empty() ? "" : '[' + extra + ']', jaxs->text())},
        jax));
    return finding;
}

// What brings CUDA to jax, and which major version of it.
struct Bringer {
    std::vector<const Distribution*> packages;
    std::string name;   // "jax-cuda13-plugin"
    std::string extra;  // "cuda13"; empty for jaxlib itself
    Version cuda;
};

// "11" of "0.4.1+cuda11.cudnn82" and "cuda118py311h0_0".
std::optional<Version> cuda_named_in(std::string_view text) {
    constexpr std::string_view word = "cuda";
    const std::size_t at = text.find(word);
    return at == std::string_view::npos ? std::nullopt
                                        : Version::parse(text.substr(at + word.size(), 2));
}

std::optional<Bringer> bringer_of(const NotebookPython& notebook, const Framework& jaxlib) {
    Bringer bringer{.packages = jax_plugins(notebook), .name = {}, .extra = {}, .cuda = {}};
    if (!bringer.packages.empty()) {
        // "jax-cuda13-plugin" and "jax-cuda13-pjrt"
        const std::string& name = bringer.packages.front()->name;
        const std::size_t at = name.find('-') + 1;
        bringer.extra = name.substr(at, name.find('-', at) - at);
        bringer.name = fmt::format("jax-{}-plugin", bringer.extra);
    } else {
        bringer.name = "jaxlib";
    }
    const Distribution* const condas = conda_package_of(notebook, jaxlib);
    const auto cuda = cuda_named_in(!bringer.extra.empty() ? bringer.extra
                                    : condas != nullptr    ? condas->build
                                                           : jaxlib.version);
    bringer.cuda = cuda.value_or(Version());
    // Of two plugins jax takes the one that works.
    const bool is_one = std::ranges::all_of(
        bringer.packages,
        [&](const Distribution* const package) { return cuda_named_in(package->name) == cuda; });
    return cuda && is_one ? std::optional(std::move(bringer)) : std::nullopt;
}

model::Fix other_jax(const Facts& facts,
                     const NotebookPython& notebook,
                     const CompatData& data,
                     const Bringer& bringer) {
    const Framework& jaxlib = *notebook.framework("jaxlib");
    const auto highest = data.highest_cuda(facts.driver.version().value_or(Version()));
    if (conda_package_of(notebook, jaxlib) != nullptr && highest) {
        return {.commands = {conda_install_for_cuda(
                    facts, notebook, data, "jaxlib", std::to_string(highest->major()))},
                .text = {}};
    }
    const std::string extra = jax_extra(facts, data);
    if (extra.empty() || extra == bringer.extra) {
        return {.text = "no jax of today works with this driver and card"};
    }
    const Framework* const jax = notebook.framework("jax");
    model::Fix fix{.text = {}};
    std::vector<std::string> names;
    for (const Distribution* const package : bringer.packages) {
        names.push_back(package->name);
    }
    if (!names.empty()) {
        fix.commands.push_back(pip_uninstall(notebook, names));
    }
    const std::string wanted =
        jax == nullptr || jax->version.empty() || bringer.extra.empty() ? "" : "==" + jax->version;
    fix.commands.push_back(pip_install(
        notebook, {"-U", fmt::format("jax[{}]{}", extra, wanted)}, jax == nullptr ? &jaxlib : jax));
    return fix;
}

// Than the driver, or than the card: jax then takes the processor, with a line in its log.
std::optional<Finding> jax_too_new(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& data) {
    const Framework* const jaxlib = in_notebook(facts, notebook, "jaxlib");
    const auto bringer = jaxlib == nullptr ? std::nullopt : bringer_of(notebook, *jaxlib);
    if (!bringer) {
        return std::nullopt;
    }
    Finding finding{
        .severity = harm_beside_torch(facts, notebook, data),
        .title = {},
        .evidence = {bringer->packages.empty() ? shown(*jaxlib)
                                               : installed_at(*bringer->packages.front())},
        .fix = {}};
    const auto wheel = std::ranges::find(data.jax_wheels, bringer->extra, &JaxWheel::extra);
    const std::vector<CardModel> cards = known_cards(facts, data);
    const auto is_too_old = [&](const CardModel& card) { return card.capability < wheel->least; };
    if (const auto least = driver_missed(facts, bringer->cuda, data)) {
        finding.title = fmt::format("{} needs driver {}; this machine has {}",
                                    bringer->name,
                                    least->text(),
                                    facts.driver.version()->text());
        finding.evidence.push_back(shown_driver(facts, data));
    } else if (wheel != data.jax_wheels.end() && std::ranges::any_of(cards, is_too_old)) {
        const CardModel card = *weakest_card(facts, data);
        finding.title = fmt::format(
            "{} needs a card of compute capability {}", bringer->name, wheel->least.text());
        finding.evidence.push_back(fmt::format("{}: compute capability {}",
                                               card.name.empty() ? card.chip : card.name,
                                               card.capability.text()));
        if (!std::ranges::all_of(cards, is_too_old)) {
            finding.severity = Severity::warning;
        }
    } else {
        return std::nullopt;
    }
    finding.fix = other_jax(facts, notebook, data, *bringer);
    return finding;
}

}  // namespace

std::span<const Check> jax_checks() {
    static constexpr std::array checks{
        Check{"jax-cpu-only", jax_cpu_only},
        Check{"jax-plugin-skew", jax_skew},
        Check{"jax-plugin-too-new", jax_too_new},
    };
    return checks;
}

}  // namespace envkeep::gpu
