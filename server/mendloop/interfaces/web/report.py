"""The report: one page that needs nothing but itself, to look at, to keep, to send."""

from markupsafe import Markup

from mendloop import __version__
from mendloop.app.survey import Survey
from mendloop.interfaces.web.charts import bars_svg, spark_svg
from mendloop.interfaces.web.render import render


def report_html(survey: Survey, *, workspace: str) -> str:
    """The whole page.

    Args:
        survey: What it says.
        workspace: What the folder of the tools is called.
    """
    chart = bars_svg(survey.bars, survey.width, title="Calls and failures over time")
    return render(
        "report.html.j2",
        {
            "survey": survey,
            "workspace": workspace,
            "version": __version__,
            # pictures that were made here, of values that were escaped there
            "chart": Markup(chart),  # noqa: S704
            "sparks": {
                stats.target: Markup(spark_svg(stats))  # noqa: S704
                for stats in survey.targets
            },
        },
    )
