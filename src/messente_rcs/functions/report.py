"""Takes Messente's delivery reports in: the function behind the public callback API."""

from messente_rcs.functions.wiring import entry_point, reports
from messente_rcs.settings import ReportSettings

lambda_handler = entry_point(ReportSettings, reports, lambda reports, event, *_: reports.handle(event))
